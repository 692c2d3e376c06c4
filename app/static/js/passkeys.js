// Passkeys: asks the server what to ask the browser, and sends the browser's answer back as an ordinary form.
// Without script, or in a browser without passkeys, the form stays hidden and the other ways remain.
"use strict";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const withBytes = (list) => (list || []).map((known) => ({ ...known, id: toBytes(known.id) }));

const make = async (options) => {
  const user = { ...options.user, id: toBytes(options.user.id) };
  const publicKey = { ...options, challenge: toBytes(options.challenge), user, excludeCredentials: withBytes(options.excludeCredentials) };
  const made = await navigator.credentials.create({ publicKey });
  const { clientDataJSON, attestationObject } = made.response;
  return answer(made, { clientDataJSON: toText(clientDataJSON), attestationObject: toText(attestationObject) });
};

const prove = async (options) => {
  const publicKey = { ...options, challenge: toBytes(options.challenge), allowCredentials: withBytes(options.allowCredentials) };
  const found = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = found.response;
  const response = { clientDataJSON: toText(clientDataJSON), authenticatorData: toText(authenticatorData), signature: toText(signature) };
  if (userHandle) response.userHandle = toText(userHandle);
  return answer(found, response);
};

const answer = (credential, response) => JSON.stringify({
  id: credential.id, rawId: toText(credential.rawId), type: credential.type, response, clientExtensionResults: {},
});

const run = async (form) => {
  const problem = form.querySelector("[data-passkey-problem]");
  problem.hidden = true;
  try {
    const headers = { "X-CSRFToken": window.emes.csrfToken(), Accept: "application/json" };
    const asked = await fetch(form.dataset.passkey, { method: "POST", headers });
    const options = await asked.json();
    if (options.prove) {
      window.location = options.prove;
      return;
    }
    if (!asked.ok) throw new Error(options.error);
    const remember = document.getElementById("remember");
    if (remember && form.elements.remember) form.elements.remember.value = remember.checked ? "y" : "";
    form.elements.credential.value = await (options.rp ? make : prove)(options);
    form.submit();
  } catch (fault) {
    const said = { NotAllowedError: form.dataset.cancelled, InvalidStateError: form.dataset.known }[fault.name] || form.dataset.failed;
    problem.textContent = said;
    problem.hidden = false;
    problem.focus();
  }
};

document.querySelectorAll("form[data-passkey]").forEach((form) => {
  if (!window.PublicKeyCredential) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(form);
  });
});
