"""An object storage for tests: moto, on a port of its own or the one that is named. It says which, and ends when its input does.

With "signed" as well it has the bucket that is named then, and one key, of which it tells before the port; from the first request on it
takes only what is signed with that.
"""

import json
import sys
import threading

from moto import settings
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


def take_signed_alone(bucket):
    people = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    people.create_user("us-east-1", "belfry")
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    people.put_user_policy("belfry", "all", json.dumps({"Version": "2012-10-17", "Statement": [everything]}))
    key = people.create_access_key("belfry")
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].create_bucket(bucket, "us-east-1")
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    print(f"KEY {key.access_key_id} {key.secret_access_key}", flush=True)


if sys.argv[2:3] == ["signed"]:
    take_signed_alone(sys.argv[3])
application = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", int(sys.argv[1]), application, threaded=True)
print(f"PORT {server.server_port}", flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
