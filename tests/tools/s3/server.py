"""An S3 for tests: moto's, in memory, on a free port of this machine, with one bucket and one key that may do everything there.

Prints what reaches it as a line of JSON, and lives until its input ends, so that it never outlives the test.
"""

import json
import logging
import os
import sys

# These calls prepare it; from the next on everybody must sign with a key that it knows.
PREPARING = 4
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = str(PREPARING)

import boto3
from moto.server import ThreadedMotoServer

BUCKET = "kpistream-test"
REGION = "us-east-1"
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"

    def client(service):
        return boto3.client(
            service, endpoint_url=endpoint, region_name=REGION, aws_access_key_id="any", aws_secret_access_key="any"
        )

    iam = client("iam")
    iam.create_user(UserName="kpistream")
    key = iam.create_access_key(UserName="kpistream")["AccessKey"]
    iam.put_user_policy(UserName="kpistream", PolicyName="all", PolicyDocument=json.dumps(ALL))
    client("s3").create_bucket(Bucket=BUCKET)
    told = {
        "endpoint": endpoint,
        "region": REGION,
        "bucket": BUCKET,
        "key": key["AccessKeyId"],
        "secret": key["SecretAccessKey"],
    }
    print(json.dumps(told), flush=True)
    sys.stdin.read()
    server.stop()


main()
