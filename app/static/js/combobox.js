// A type-ahead over the office names. Without it the browser's own list does the same, less kindly.
"use strict";

const plain = (text) => text.toLowerCase().replace(/[๐-๙]/g, (digit) => "๐๑๒๓๔๕๖๗๘๙".indexOf(digit)).replace(/[\s.\-–,()]+/g, "").replace(/เขต/g, "");
const MOST = 12;

document.querySelectorAll("[data-combobox]").forEach((box) => {
  const input = box.querySelector("input");
  const options = [...box.querySelectorAll("option")].map((option) => ({ name: option.value, key: plain(`${option.value} ${option.dataset.more}`) }));
  box.querySelector("datalist").remove();
  input.removeAttribute("list");
  const list = document.createElement("ul");
  list.id = `${input.id}-list`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", document.querySelector(`label[for="${input.id}"]`).textContent);
  list.hidden = true;
  box.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  let active = -1;

  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (name) => {
    input.value = name;
    close();
  };
  const mark = (index) => {
    const lines = [...list.querySelectorAll("[role=option]")];
    if (!lines.length) return;
    active = (index + lines.length) % lines.length;
    lines.forEach((line, place) => line.setAttribute("aria-selected", String(place === active)));
    lines[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", lines[active].id);
  };
  const show = () => {
    const wanted = input.value.trim().split(/\s+/).map(plain).filter(Boolean);
    list.replaceChildren();
    active = -1;
    if (!wanted.length) return close();
    const found = options.filter((option) => wanted.every((word) => option.key.includes(word))).slice(0, MOST);
    found.forEach((option, place) => {
      const line = document.createElement("li");
      line.id = `${list.id}-${place}`;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", "false");
      line.textContent = option.name;
      line.addEventListener("mousedown", (event) => { event.preventDefault(); choose(option.name); });
      list.append(line);
    });
    if (!found.length) {
      const line = document.createElement("li");
      line.className = "none";
      line.textContent = box.dataset.none;
      list.append(line);
    }
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  };

  input.addEventListener("input", show);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) show();
      mark(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && !list.hidden && active >= 0) {
      event.preventDefault();
      choose(list.querySelectorAll("[role=option]")[active].textContent);
    } else if (event.key === "Escape") close();
  });
});
