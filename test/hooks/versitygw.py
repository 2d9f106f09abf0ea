#!/usr/bin/env python3
"""Makes the second users that versitygw's suite asks for (VGW_ADMIN_HOOK), through the operator's API.

usage: versitygw.py create-user ACCESS SECRET ROLE
  user      a user with the privilege Use Object Storage in a contract of its own
  userplus  the owner of a contract of its own, who may make buckets
  admin     an administrator of the main contract
Settings: COFFER_CONTROL_URL, COFFER_OPERATOR_TOKEN, COFFER_OWNER_EMAIL, COFFER_OWNER_PASSWORD, COFFER_CONTRACT (number of the main contract).
In the file VGW_ACCOUNTS, if that is set, it notes each account as a line ACCESS SECRET ID.
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


def basic(mail, password):
    return "Basic " + base64.b64encode((mail + ":" + password).encode()).decode()


def user_of(owner, mail, administrator):
    """Makes a user of the owner's contract, who has the privilege as an administrator or through a group."""
    user = call(owner, "POST", "/cloudapi/v6/um/users", {"properties": {
        "firstname": "Suite", "lastname": "User", "email": mail, "password": PASSWORD, "administrator": administrator}})["id"]
    if not administrator:
        group = call(owner, "POST", "/cloudapi/v6/um/groups", {"properties": {"name": "suite", "s3Privilege": True}})["id"]
        call(owner, "POST", "/cloudapi/v6/um/groups/" + group + "/users", {"id": user})
    return user


def contract_of(name, mail):
    made = call(OPERATOR, "POST", "/operator/contracts", {"name": name, "owner": {
        "firstname": "Suite", "lastname": "Owner", "email": mail, "password": PASSWORD}})
    return made["contract"]["number"], made["owner"]["id"]


def create(access, secret, role):
    mail = access.lower() + "@suite.test"
    if role == "admin":
        contract = os.environ["COFFER_CONTRACT"]
        user = user_of(OWNER, mail, True)
        account = f"{contract}:{user}"
    elif role == "userplus":
        contract, user = contract_of(access, mail)
        account = contract
    else:
        contract, _ = contract_of(access, "owner-" + mail)
        user = user_of(basic("owner-" + mail, PASSWORD), mail, False)
        account = contract
    call(OPERATOR, "POST", f"/operator/contracts/{contract}/users/{user}/accesskeys", {"accessKey": access, "secretKey": secret})
    if os.environ.get("VGW_ACCOUNTS"):
        with open(os.environ["VGW_ACCOUNTS"], "a") as notes:
            notes.write(f"{access} {secret} {account}\n")


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
