"""An SMTP server for tests: prints its port, then every mail it takes as `MAIL sender recipient content-in-hex`.

smtp_server.py [--security none|start_tls|tls --pair FILE] [--login USER PASSWORD]

It ends when its standard input does. It refuses the recipient nobody@… and the sender refused@… for good.
"""
import argparse
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

options = argparse.ArgumentParser()
options.add_argument("--security", default="none")
options.add_argument("--pair")
options.add_argument("--login", nargs=2)
options = options.parse_args()


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "553 5.7.1 sender address rejected"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        print("MAIL", envelope.mail_from, *envelope.rcpt_tos, envelope.content.hex(), flush=True)
        return "250 2.0.0 queued as 4711"


def authenticate(server, session, envelope, mechanism, data):
    given = [data.login.decode(), data.password.decode()]
    return AuthResult(success=given == options.login, handled=False)


class Here(Controller):
    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


context = None
if options.security != "none":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.pair)
arguments = {}
if options.security == "start_tls":
    arguments = {"tls_context": context, "require_starttls": True}
if options.login:
    arguments |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": options.security == "start_tls"}
controller = Here(
    Handler(), hostname="127.0.0.1", port=0, ssl_context=context if options.security == "tls" else None, **arguments
)
controller.start()
print("PORT", controller.port, flush=True)
sys.stdin.read()
controller.stop()
