#!/usr/bin/env python3
"""Makes the second users that versitygw's suite asks for (VGW_ADMIN_HOOK), through the operator's API.

usage: versitygw.py create-user ACCESS SECRET ROLE
  user      a user of the main contract with the privilege Use Object Storage
  userplus  the owner of a contract of its own, who may make buckets
  admin     an administrator of the main contract
Settings: COFFER_CONTROL_URL, COFFER_OPERATOR_TOKEN, COFFER_OWNER_EMAIL, COFFER_OWNER_PASSWORD, COFFER_CONTRACT (number of the main contract).
Prints a line that begins with XAdmin where it can't do what was asked for, which is how the suite knows.
"""
import base64, json, os, sys, urllib.error, urllib.request

PASSWORD = "a long enough passphrase for a suite 5"
OPERATOR = "Bearer " + os.environ["COFFER_OPERATOR_TOKEN"]
OWNER = "Basic " + base64.b64encode((os.environ["COFFER_OWNER_EMAIL"] + ":" + os.environ["COFFER_OWNER_PASSWORD"]).encode()).decode()


def call(authorization, method, path, body=None):
    request = urllib.request.Request(os.environ["COFFER_CONTROL_URL"] + path, method=method, data=json.dumps(body).encode() if body else None,
                                     headers={"Authorization": authorization, "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read() or b"{}")


def member(mail, administrator):
    """Makes a user of the main contract and gives it the privilege through a group."""
    user = call(OWNER, "POST", "/cloudapi/v6/um/users", {"properties": {
        "firstname": "Suite", "lastname": "User", "email": mail, "password": PASSWORD, "administrator": administrator}})["id"]
    if not administrator:
        call(OWNER, "POST", "/cloudapi/v6/um/groups/" + group() + "/users", {"id": user})
    return os.environ["COFFER_CONTRACT"], user


def group():
    for found in call(OWNER, "GET", "/cloudapi/v6/um/groups?depth=1")["items"]:
        if found["properties"]["name"] == "suite":
            return found["id"]
    return call(OWNER, "POST", "/cloudapi/v6/um/groups", {"properties": {"name": "suite", "s3Privilege": True}})["id"]


def create(access, secret, role):
    mail = access.lower() + "@suite.test"
    if role == "userplus":
        made = call(OPERATOR, "POST", "/operator/contracts", {"name": access, "owner": {
            "firstname": "Suite", "lastname": "Owner", "email": mail, "password": PASSWORD}})
        contract, user = made["contract"]["number"], made["owner"]["id"]
    else:
        contract, user = member(mail, role == "admin")
    call(OPERATOR, "POST", f"/operator/contracts/{contract}/users/{user}/accesskeys", {"accessKey": access, "secretKey": secret})


def main():
    if sys.argv[1] != "create-user":
        sys.exit("XAdminNotImplemented: " + sys.argv[1])
    try:
        create(*sys.argv[2:5])
    except urllib.error.HTTPError as e:
        print("XAdminError:", e.code, e.read().decode(errors="replace"))
        sys.exit(1)


if __name__ == "__main__":
    main()
