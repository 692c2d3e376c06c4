"""A provider of single sign-on on this machine: real keys, real signatures, and a hand that can spoil each answer."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "emes", "between-us-two"
Claims = dict[str, Any]


class OidcProvider:
    """Serves discovery, keys, tokens and userinfo; `approve` is what a person does at its pages."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.keys = [RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})]
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.reset()

    def reset(self) -> None:
        self.codes: dict[str, dict[str, Any]] = {}
        self.issuer, self.spoil, self.signing_key = self.url, {}, self.keys[0]
        self.userinfo: Claims = {}
        self.visitor: Claims = {}
        self.status, self.hangs = 200, 0.0
        self.asked: list[str] = []
        self.published = list(self.keys)

    def start(self) -> OidcProvider:
        self.thread.start()
        return self

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    # --- what a person does there ------------------------------------------------------------------------------------------------

    def approve(self, address: str, **claims: Any) -> dict[str, str]:
        """Sign in at the provider; what the browser brings back. A claim that is None is left out."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.url}/authorize?"), address
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code, moment = secrets.token_urlsafe(16), int(self.now())
        usual = {"iss": self.issuer, "aud": CLIENT_ID, "iat": moment, "exp": moment + 300, "nonce": query["nonce"]}
        said = {name: value for name, value in (usual | claims).items() if value is not None}
        self.codes[code] = {"challenge": query["code_challenge"], "redirect_uri": query["redirect_uri"], "claims": said}
        return {"code": code, "state": query["state"]}

    # --- the server ---------------------------------------------------------------------------------------------------------------

    def _document(self) -> Claims:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        document: Claims = {name: f"{self.url}/{path}" for name, path in places.items()} | {"issuer": self.issuer}
        return document | ({"userinfo_endpoint": f"{self.url}/userinfo"} if self.userinfo else {})

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, Claims]:
        expected = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        kept = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if authorization != expected:
            return 401, {"error": "invalid_client"}
        if kept is None or kept["challenge"] != challenge or kept["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        claims = {name: value for name, value in (kept["claims"] | self.spoil).items() if value is not None}
        header = {"alg": "RS256", "kid": self.signing_key.kid}
        return 200, {
            "access_token": secrets.token_urlsafe(8),
            "token_type": "Bearer",
            "id_token": jwt.encode(header, claims, self.signing_key),
        }

    def _handler(provider) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def _answer(self, status: int, body: Claims) -> None:
                time.sleep(provider.hangs)
                content = json.dumps(body).encode()
                self.send_response(provider.status if provider.status != 200 else status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_GET(self) -> None:
                provider.asked.append(self.path)
                if self.path.startswith("/authorize?"):
                    answer = provider.approve(provider.url + self.path, **provider.visitor)
                    back = parse_qs(urlsplit(self.path).query)["redirect_uri"][0]
                    self.send_response(302)
                    self.send_header("Location", f"{back}?{urlencode(answer)}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                bodies = {
                    "/.well-known/openid-configuration": provider._document,
                    "/jwks": lambda: {"keys": [key.as_dict(private=False) for key in provider.published]},
                    "/userinfo": lambda: provider.userinfo,
                }
                found = bodies.get(self.path)
                self._answer(200 if found else 404, found() if found else {})

            def do_POST(self) -> None:
                provider.asked.append(self.path)
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(text).items()}
                self._answer(*provider._token(form, self.headers.get("Authorization", "")))

            def log_message(self, *_: object) -> None:
                pass

        return Handler
