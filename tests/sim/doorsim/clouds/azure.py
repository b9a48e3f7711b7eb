# SPDX-License-Identifier: Apache-2.0
# Azure's Instance Metadata Service: versions, fields per version, leaves as text, its errors.
"""
The instance document is built in full and then thinned to what the asked-for
api-version knows (SINCE). Key files are read at every request and go out
unchanged, so a test can change a key while the service runs.

Where the public documentation gives no first version for a field, it is bound to
the newest version (NEWEST_KNOWN) or to the field around it; a client must not
count on any field anyway.
"""
import base64
import json

from ..wire import Reply, unquote

SUMMARY = "Azure IMDS: /metadata/instance and its neighbours"

VERSIONS = """2017-03-01 2017-04-02 2017-08-01 2017-10-01 2017-12-01 2018-02-01 2018-04-02
2018-10-01 2019-02-01 2019-03-11 2019-04-30 2019-06-01 2019-06-04 2019-08-01 2019-08-15
2019-11-01 2020-06-01 2020-07-15 2020-09-01 2020-10-01 2020-12-01 2021-01-01 2021-02-01
2021-03-01 2021-05-01 2021-08-01 2021-10-01 2021-11-01 2021-11-15 2021-12-13 2023-07-01
2023-11-15 2024-03-15 2024-07-17 2025-04-07""".split()
NEWEST_KNOWN = VERSIONS[-1]
STACK_NEWEST = "2021-05-01"
EXTENDED_SINCE = "2021-08-01"

SINCE = {
    "network": "2017-03-01",
    "compute": "2017-04-02",
    "compute/tags": "2017-08-01", "compute/subscriptionId": "2017-08-01",
    "compute/resourceGroupName": "2017-08-01", "compute/placementGroupId": "2017-08-01",
    "compute/zone": "2017-12-01", "compute/vmScaleSetName": "2017-12-01",
    "compute/publicKeys": "2018-04-02", "compute/plan": "2018-04-02",
    "compute/azEnvironment": "2018-10-01", "compute/provider": "2018-10-01",
    "compute/customData": "2019-02-01",
    "compute/resourceId": "2019-03-11",
    "compute/storageProfile": "2019-06-01",
    "compute/tagsList": "2019-06-04",
    "compute/isHostCompatibilityLayerVm": "2020-06-01",
    "compute/securityProfile": "2020-06-01",
    "compute/osProfile": "2020-07-15",
    "compute/licenseType": "2020-09-01",
    "compute/osProfile/disablePasswordAuthentication": "2020-10-01",
    "compute/priority": "2020-12-01", "compute/evictionPolicy": "2020-12-01",
    "compute/userData": "2021-01-01",
    "compute/extendedLocation": "2021-03-01",
    "compute/virtualMachineScaleSet": "2021-03-01",
    "compute/platformSubFaultDomain": "2021-10-01",
    "compute/additionalCapabilities": "2021-11-01",
    "compute/securityProfile/encryptionAtHost": "2021-11-01",
    "compute/host": "2021-11-15", "compute/hostGroup": "2021-11-15",
    "compute/securityProfile/securityType": "2021-12-13",
    "compute/physicalZone": "2023-11-15",
    "compute/isVmInStandbyPool": NEWEST_KNOWN,
}

BAD_VERSION = ("Bad request. api-version is invalid or was not specified in the request. "
               "For more information refer to aka.ms/azureimds")
SUBSCRIPTION = "3f5c9a52-0b1d-4e37-9d60-7c2be1a4f018"


def add_options(group):
    group.add_argument("--key", type=group.path, action="append", default=[],
                       metavar="FILE", help="the file's content becomes a publicKeys[].keyData "
                                            "unchanged (repeatable)")
    group.add_argument("--key-text", action="append", default=[], metavar="TEXT",
                       help="the same from the command line; after the files (repeatable)")
    group.add_argument("--key-path", metavar="PATH",
                       help="publicKeys[].path (default: /home/ADMIN/.ssh/authorized_keys)")
    group.add_argument("--admin", default="azureuser", metavar="NAME",
                       help="osProfile.adminUsername")
    group.add_argument("--hostname", default="temp-vm", metavar="NAME",
                       help="osProfile.computerName and name")
    group.add_argument("--vm-id", default="02aab8a4-74ef-476e-8182-f6d2ba4166a6",
                       metavar="UUID", help="vmId")
    group.add_argument("--location", default="eastus2", metavar="NAME")
    group.add_argument("--disable-password", choices=["true", "false", ""], default="true",
                       help="osProfile.disablePasswordAuthentication")
    group.add_argument("--user-data", type=group.path, metavar="FILE",
                       help="served base64-encoded as userData")
    group.add_argument("--has-custom-data", action="store_true",
                       help="extended.compute.hasCustomData is true")
    group.add_argument("--pps-type", default="None", metavar="TYPE",
                       help="extended.compute.ppsType")
    group.add_argument("--reprovision", type=group.path, metavar="FILE",
                       help="served as /metadata/reprovisiondata (else 404)")
    group.add_argument("--attested", type=group.path, metavar="FILE",
                       help="DER served as the signature of /metadata/attested/document "
                            "(else 404)")
    group.add_argument("--identity", metavar="TOKEN",
                       help="the access token of /metadata/identity/oauth2/token (else 400)")
    group.add_argument("--newest-version", default=NEWEST_KNOWN, metavar="V",
                       help="a version above it gets a 400")
    group.add_argument("--no-extended", action="store_true",
                       help="extended=true gets a 400 with every version")
    group.add_argument("--stack", action="store_true",
                       help="Azure Stack Hub: up to 2021-05-01, only /instance and /versions")
    group.add_argument("--set", action="append", default=[], metavar="PATH=JSON",
                       help="put a JSON value into the instance document, e.g. "
                            "compute/tags='\"\"' (repeatable)")
    group.add_argument("--drop", action="append", default=[], metavar="PATH",
                       help="leave a field out, e.g. compute/publicKeys (repeatable)")


def dump(value):
    """Compact JSON; bytes that were no UTF-8 in a key file leave as they came."""
    try:
        return json.dumps(value, separators=(",", ":"),
                          ensure_ascii=False).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def read_text(path):
    with open(path, "rb") as stream:
        return stream.read().decode("utf-8", "surrogateescape")


def read_base64(path):
    with open(path, "rb") as stream:
        return base64.b64encode(stream.read()).decode()


class Problem(Exception):
    """An answer that is an error: status and the text of its "error" member."""

    def __init__(self, status, text, **more):
        super().__init__(text)
        self.status = status
        self.more = more


class Cloud:
    def __init__(self, options):
        self.options = options
        newest = options.newest_version
        if options.stack:
            newest = min(newest, STACK_NEWEST)
        self.versions = [v for v in VERSIONS if v <= newest]
        if not self.versions:
            raise ValueError(f"--newest-version {newest}: older than every version")
        self.sets = []
        for item in options.set:
            path, equals, text = item.partition("=")
            if not equals:
                raise ValueError(f"--set {item!r}: PATH=JSON is wanted")
            try:
                self.sets.append((path.strip("/").split("/"), json.loads(text)))
            except ValueError as error:
                raise ValueError(f"--set {item!r}: {error}") from None
        self.drops = [path.strip("/").split("/") for path in options.drop]
        self.instance()  # so that an unreadable file is told at the start

    # --- answers ---------------------------------------------------------------------

    def json_reply(self, status, value):
        return Reply(status, dump(value), "application/json; charset=utf-8",
                     [("Server", "IMDS/150.870.65.1854")])

    def error(self, status):
        words = {400: "Bad request", 404: "Not found", 405: "Method not allowed",
                 410: "Gone. The service is being updated", 429: "Too many requests",
                 500: "Internal server error", 503: "Service unavailable"}
        reply = self.json_reply(status, {"error": words.get(status, f"Error {status}")})
        if status in (204, 304):
            reply.body = b""
        return reply

    def answer(self, request):
        try:
            reply = self.route(request)
        except Problem as problem:
            reply = self.json_reply(problem.status, {"error": str(problem), **problem.more})
            if problem.status == 405:
                reply.set_header("Allow", "GET")
        except OSError as error:
            reply = self.json_reply(500, {"error": str(error)})
        client = request.header("x-ms-client-request-id")
        if client:
            reply.set_header("x-ms-client-request-id", client)
        return reply

    def route(self, request):
        path = unquote(request.path).decode("utf-8", "replace").strip("/").split("/")
        if path[0] != "metadata" or len(path) < 2:
            raise Problem(404, "Not found")
        if (request.header("metadata") or "").lower() != "true":
            raise Problem(400, "Bad request. Required metadata header not specified")
        if request.header("x-forwarded-for") is not None:
            raise Problem(400, "Bad request. X-Forwarded-For header is not allowed")
        pairs = request.params()
        query = dict(pairs)
        if len(query) != len(pairs):
            raise Problem(400, "Bad request. Query parameter was specified more than once")
        if request.method != "GET":
            raise Problem(405, "Method not allowed")
        if path[1:] == ["versions"]:
            return self.json_reply(200, {"apiVersions": self.versions})
        version = query.get("api-version")
        known = {"instance"} if self.options.stack else {
            "instance", "reprovisiondata", "attested", "identity", "scheduledevents",
            "loadbalancer"}
        if path[1] not in known:
            raise Problem(404, "Not found")
        if path[1] == "scheduledevents":
            # this one keeps a version list of its own
            if not version:
                raise Problem(400, BAD_VERSION)
            return self.json_reply(200, {"DocumentIncarnation": 1, "Events": []})
        if version not in self.versions:
            raise Problem(400, BAD_VERSION, **{"newest-versions": self.versions[:-4:-1]})
        if path[1] == "instance":
            return self.instance_reply(path[2:], version, query)
        return getattr(self, "get_" + path[1])(path[2:], query)

    def get_reprovisiondata(self, rest, query):
        if rest or not self.options.reprovision:
            raise Problem(404, "Not found")
        with open(self.options.reprovision, "rb") as stream:
            return Reply(200, stream.read(), "text/xml; charset=utf-8")

    def get_attested(self, rest, query):
        if rest != ["document"] or not self.options.attested:
            raise Problem(404, "Not found")
        return self.json_reply(200, {"encoding": "pkcs7",
                                     "signature": read_base64(self.options.attested)})

    def get_identity(self, rest, query):
        if rest == ["info"] and self.options.identity:
            return self.json_reply(200, {"tenantId": SUBSCRIPTION})
        if rest not in (["oauth2", "token"], ["info"]):
            raise Problem(404, "Not found")
        if not self.options.identity or "resource" not in query:
            raise Problem(400, "invalid_request", error_description="Identity not found"
                          if not self.options.identity else
                          "Required query variable 'resource' is missing")
        return self.json_reply(200, {
            "access_token": self.options.identity, "client_id": SUBSCRIPTION,
            "expires_in": "86400", "expires_on": "4102444800", "ext_expires_in": "86400",
            "not_before": "1577836800", "resource": query["resource"],
            "token_type": "Bearer"})

    def get_loadbalancer(self, rest, query):
        if rest:
            raise Problem(404, "Not found")
        return self.json_reply(200, {"loadbalancer": {
            "publicIpAddresses": [], "inboundRules": [], "outboundRules": []}})

    # --- the instance document --------------------------------------------------------

    def instance_reply(self, path, version, query):
        extended = query.get("extended", "false").lower()
        if extended not in ("true", "false") or (extended == "true" and (
                self.options.no_extended or version < EXTENDED_SINCE)):
            raise Problem(400, "Bad request. Query parameter extended is not supported")
        form = query.get("format", "json").lower()
        if form not in ("json", "text"):
            raise Problem(400, "Bad request. Format is not supported")
        value = self.thin(self.instance(extended == "true"), version)
        for name in path:
            if isinstance(value, dict) and name in value:
                value = value[name]
            elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
                value = value[int(name)]
            else:
                raise Problem(404, "Not found")
        leaf = not isinstance(value, (dict, list))
        if form == "json":
            if leaf:
                raise Problem(400, "Bad request. A leaf is available with format=text only")
            return self.json_reply(200, value)
        if leaf:
            text = value.encode("utf-8", "surrogateescape") \
                if isinstance(value, str) else dump(value)
        else:
            names = (value.items() if isinstance(value, dict)
                     else ((str(n), v) for n, v in enumerate(value)))
            text = "\n".join(n + ("/" if isinstance(v, (dict, list)) else "")
                             for n, v in names)
        return Reply(200, text, "text/plain; charset=utf-8",
                     [("Server", "IMDS/150.870.65.1854")])

    def thin(self, value, version, path=""):
        """Leaves out what this version does not know yet; own --set values too."""
        if not isinstance(value, dict):
            return value
        out = {}
        for name, member in value.items():
            where = f"{path}/{name}" if path else name
            if SINCE.get(where, "") <= version:
                out[name] = self.thin(member, version, where)
        return out

    def instance(self, extended=False):
        o = self.options
        key_path = o.key_path or f"/home/{o.admin}/.ssh/authorized_keys"
        keys = [read_text(path) for path in o.key] + o.key_text
        group = "/subscriptions/" + SUBSCRIPTION + "/resourceGroups/rg/providers/"
        disk = {"image": {"uri": ""}, "name": "", "vhd": {"uri": ""},
                "managedDisk": {"id": "", "storageAccountType": "Premium_LRS"},
                "writeAcceleratorEnabled": "false"}
        document = {
            "compute": {
                "additionalCapabilities": {"hibernationEnabled": "false"},
                "azEnvironment": "AzureStack" if o.stack else "AzurePublicCloud",
                "customData": "",
                "evictionPolicy": "",
                "extendedLocation": {"name": "", "type": ""},
                "host": {"id": ""},
                "hostGroup": {"id": ""},
                "isHostCompatibilityLayerVm": "false",
                "isVmInStandbyPool": "",
                "licenseType": "",
                "location": o.location,
                "name": o.hostname,
                "offer": "debian-12",
                "osProfile": {"adminUsername": o.admin, "computerName": o.hostname,
                              "disablePasswordAuthentication": o.disable_password},
                "osType": "Linux",
                "physicalZone": "",
                "placementGroupId": "",
                "plan": {"name": "", "product": "", "publisher": ""},
                "platformFaultDomain": "0",
                "platformSubFaultDomain": "",
                "platformUpdateDomain": "0",
                "priority": "",
                "provider": "Microsoft.Compute",
                "publicKeys": [{"keyData": key, "path": key_path} for key in keys],
                "publisher": "debian",
                "resourceGroupName": "rg",
                "resourceId": group + "Microsoft.Compute/virtualMachines/" + o.hostname,
                "securityProfile": {"encryptionAtHost": "false", "secureBootEnabled": "true",
                                    "securityType": "TrustedLaunch",
                                    "virtualTpmEnabled": "true"},
                "sku": "12-gen2",
                "storageProfile": {
                    "dataDisks": [{
                        "bytesPerSecondThrottle": "", "caching": "None",
                        "createOption": "Empty", "diskCapacityBytes": "",
                        "diskSizeGB": "1024", "isSharedDisk": "false",
                        "isUltraDisk": "false", "lun": "0", "opsPerSecondThrottle": "",
                        **disk}],
                    "imageReference": {
                        "communityGalleryImageId": "", "exactVersion": "", "id": "",
                        "offer": "debian-12", "publisher": "debian",
                        "sharedGalleryImageId": "", "sku": "12-gen2", "version": "latest"},
                    "osDisk": {
                        "caching": "ReadWrite", "createOption": "FromImage",
                        "diffDiskSettings": {"option": ""}, "diskSizeGB": "30",
                        "encryptionSettings": {
                            "enabled": "false",
                            "diskEncryptionKey": {"secretUrl": "", "sourceVault": {"id": ""}},
                            "keyEncryptionKey": {"keyUrl": "", "sourceVault": {"id": ""}}},
                        "osType": "Linux", **disk},
                    "resourceDisk": {"size": "65536"}},
                "subscriptionId": SUBSCRIPTION,
                "tags": "k1:v1;k2:v2",
                "tagsList": [{"name": "k1", "value": "v1"}, {"name": "k2", "value": "v2"}],
                "userData": read_base64(o.user_data) if o.user_data else "",
                "version": "12.20250101.1",
                "virtualMachineScaleSet": {"id": ""},
                "vmId": o.vm_id,
                "vmScaleSetName": "",
                "vmSize": "Standard_D2s_v3",
                "zone": "1"},
            "network": {"interface": [{
                "ipv4": {"ipAddress": [{"privateIpAddress": "10.0.0.4",
                                        "publicIpAddress": ""}],
                         "subnet": [{"address": "10.0.0.0", "prefix": "24"}]},
                "ipv6": {"ipAddress": []},
                "macAddress": "000D3A3382E8"}]}}
        if extended:
            document["extended"] = {"compute": {"hasCustomData": o.has_custom_data,
                                                "ppsType": o.pps_type}}
        for path, value in self.sets:
            if path[0] != "extended" or extended:
                place(document, path, value)
        for path in self.drops:
            remove(document, path)
        return document


def step(value, name, path):
    try:
        return value[int(name)] if isinstance(value, list) else value[name]
    except (KeyError, IndexError, ValueError, TypeError):
        raise ValueError(f"{'/'.join(path)}: no {name} in the instance document") from None


def place(document, path, value):
    for name in path[:-1]:
        document = step(document, name, path)
    if isinstance(document, list):
        step(document, path[-1], path)
        document[int(path[-1])] = value
    elif isinstance(document, dict):
        document[path[-1]] = value
    else:
        raise ValueError(f"{'/'.join(path)}: not inside an object")


def remove(document, path):
    for name in path[:-1]:
        if not (isinstance(document, dict) and name in document
                or isinstance(document, list) and name.isdecimal()
                and int(name) < len(document)):
            return
        document = step(document, name, path)
    if isinstance(document, dict):
        document.pop(path[-1], None)
    elif isinstance(document, list) and path[-1].isdecimal():
        del document[int(path[-1]):int(path[-1]) + 1]
