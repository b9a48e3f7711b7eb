# SPDX-License-Identifier: Apache-2.0
# Writes ovf-env.xml as Azure's provisioning media carry it, and the odd shapes found in the field.
"""
PublicKey elements come in the order of the command line. Three generations of
documents exist, and each key can be of any of them:

    --fingerprint FP         Fingerprint and Path (classic: the certificate is fetched)
    --keyed FP FILE          Fingerprint, Path and Value (early ARM)
    --key-value FILE         Path and Value (now)
"""
import argparse
import base64

NS_OVF = "http://schemas.dmtf.org/ovf/environment/1"
NS_WA = "http://schemas.microsoft.com/windowsazure"
NS_XSI = "http://www.w3.org/2001/XMLSchema-instance"

ODDITIES = {
    "bom": "a UTF-8 byte order mark in front",
    "ns0": "generated prefixes everywhere, as cloud-init rewrites the file",
    "unknown": "unknown elements between the known ones",
    "duplicate": "HostName and UserName twice with different values",
    "comments": "comments and CDATA around values",
    "crlf": "CR LF line ends",
    "spaces": "white space around every value",
    "nul": "a NUL byte behind the document",
    "entity-bomb": "a DTD whose entities grow ten-fold per level, used in HostName",
    "external-entity": "a DTD with an external entity (file:///etc/passwd) in HostName",
    "truncated": "the document ends in the middle",
    "vmware": "no ProvisioningSection: some other platform's ovf-env.xml",
}


class PublicKey(argparse.Action):
    """Collects the three ways to give a key into one ordered list."""

    def __call__(self, parser, namespace, values, option_string=None):
        if option_string == "--fingerprint":
            key = (values, None)
        elif option_string == "--key-value":
            key = (None, values)
        else:
            key = tuple(values)
        namespace.public_keys = namespace.public_keys + [key]


def add_options(verb):
    add = verb.add_argument
    verb.set_defaults(public_keys=[])
    add("--hostname", default="temp-vm", metavar="NAME")
    add("--user", default="azureuser", metavar="NAME")
    add("--password", metavar="TEXT", help="UserPassword (default: no such element)")
    add("--disable-password", choices=["true", "false", "absent", ""], default="true",
        help="DisableSshPasswordAuthentication; absent leaves the element out")
    add("--key-value", action=PublicKey, metavar="FILE", help="a PublicKey with Value (repeatable)")
    add("--fingerprint", action=PublicKey, metavar="FP",
        help="a PublicKey with Fingerprint alone (repeatable)")
    add("--keyed", action=PublicKey, nargs=2, metavar=("FP", "FILE"),
        help="a PublicKey with Fingerprint and Value (repeatable)")
    add("--path", metavar="PATH",
        help="Path of the public keys (default: /home/USER/.ssh/authorized_keys)")
    add("--key-pair", action="append", default=[], metavar="FP[=PATH]",
        help="a KeyPair; PATH is /home/USER/.ssh/id_rsa by default (repeatable)")
    add("--keep-newline", action="store_true",
        help="a key file's last line end goes into Value too")
    add("--custom-data", metavar="FILE", help="base64-encoded as CustomData")
    add("--wrap", action="store_true", help="break the base64 of CustomData at 76 columns")
    add("--pps-type", default="None", metavar="TYPE",
        help="PreprovisionedVMType; Running also makes PreprovisionedVm true")
    add("--guest-agent", choices=["true", "false"], default="true",
        help="ProvisionGuestAgent")
    add("--proxy-agent", choices=["true", "false"], default="false",
        help="ProvisionGuestProxyAgent")
    add("--odd", action="append", default=[], choices=sorted(ODDITIES), metavar="SHAPE",
        help="a shape to be tolerated or refused (repeatable): "
             + "; ".join(f"{name}: {text}" for name, text in sorted(ODDITIES.items())))


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def read(file):
    with open(file, "rb") as stream:
        return stream.read()


class Writer:
    """Lines of indented XML; knows how names of the two namespaces are spelt."""

    def __init__(self, odd):
        self.odd = odd
        self.lines = []
        self.depth = 0
        renamed = "ns0" in odd
        self.outer = "ns1:" if renamed else "wa:"
        self.inner = "ns1:" if renamed else ""

    def line(self, text):
        self.lines.append("  " * self.depth + text)

    def open(self, name, attributes=""):
        self.line(f"<{name}{attributes}>")
        self.depth += 1

    def close(self, name):
        self.depth -= 1
        self.line(f"</{name}>")

    def leaf(self, name, text, raw=False):
        value = text if raw else escape(text)
        if "comments" in self.odd and not raw:
            value = f"<!-- note --><![CDATA[{text}]]>"
        if "spaces" in self.odd:
            value = f"\n\t {value} \n"
        self.line(f"<{name}>{value}</{name}>")


def document(o):
    """The bytes of the document that the options describe."""
    w = Writer(o.odd)
    renamed = "ns0" in o.odd
    if renamed:
        root = "ns0:Environment"
        w.open(root, f' xmlns:ns0="{NS_OVF}" xmlns:ns1="{NS_WA}" xmlns:xsi="{NS_XSI}"')
    else:
        root = "Environment"
        w.line(f'<Environment xmlns="{NS_OVF}"')
        w.line(f'             xmlns:oe="{NS_OVF}"')
        w.line(f'             xmlns:wa="{NS_WA}"')
        w.line(f'             xmlns:xsi="{NS_XSI}">')
        w.depth += 1
    if "vmware" in o.odd:
        w.open("PropertySection")
        w.line('<Property oe:key="hostname" oe:value="vm"/>' if not renamed
               else '<ns0:Property ns0:key="hostname" ns0:value="vm"/>')
        w.close("PropertySection")
    else:
        provisioning(w, o, renamed)
        platform(w, o)
    w.close(root)
    head = '<?xml version="1.0" encoding="utf-8"?>\n' + dtd(o.odd)
    data = (head + "\n".join(w.lines) + "\n").encode("utf-8", "surrogateescape")
    if "crlf" in o.odd:
        data = data.replace(b"\n", b"\r\n")
    if "truncated" in o.odd:
        data = data[:len(data) // 2]
    if "nul" in o.odd:
        data += b"\0"
    return (b"\xef\xbb\xbf" if "bom" in o.odd else b"") + data


def dtd(odd):
    if "external-entity" in odd:
        return '<!DOCTYPE Environment [<!ENTITY e0 SYSTEM "file:///etc/passwd">]>\n'
    if "entity-bomb" not in odd:
        return ""
    lines = ['<!DOCTYPE Environment [', '<!ENTITY b0 "bombbombbomb">']
    lines += [f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 10)]
    lines.append('<!ENTITY e0 "&b9;">')
    return "\n".join(lines) + "\n]>\n"


def provisioning(w, o, renamed):
    i = w.inner
    w.open(w.outer + "ProvisioningSection")
    w.leaf(w.outer + "Version", "1.0")
    config = i + "LinuxProvisioningConfigurationSet"
    if renamed:
        w.open(config)
    else:
        w.line(f'<{config} xmlns="{NS_WA}"')
        w.line(" " * len(f"<{config} ") + f'xmlns:i="{NS_XSI}">')
        w.depth += 1
    w.leaf(i + "ConfigurationSetType", "LinuxProvisioningConfiguration")
    if "unknown" in o.odd:
        w.open(i + "Novelty")
        w.leaf(i + "UserName", "not-this-one")
        w.close(i + "Novelty")
    if "entity-bomb" in o.odd or "external-entity" in o.odd:
        w.leaf(i + "HostName", "&e0;", raw=True)
    else:
        w.leaf(i + "HostName", o.hostname)
    w.leaf(i + "UserName", o.user)
    if "duplicate" in o.odd:
        w.leaf(i + "HostName", "second-host")
        w.leaf(i + "UserName", "second")
    if o.password is not None:
        w.leaf(i + "UserPassword", o.password)
    if o.disable_password != "absent":
        w.leaf(i + "DisableSshPasswordAuthentication", o.disable_password)
    if o.public_keys or o.key_pair:
        ssh(w, o)
    if o.custom_data:
        data = read(o.custom_data)
        w.leaf(i + "CustomData", (base64.encodebytes(data) if o.wrap
                                  else base64.b64encode(data)).decode())
    w.close(config)
    w.close(w.outer + "ProvisioningSection")


def ssh(w, o):
    i = w.inner
    w.open(i + "SSH")
    if o.public_keys:
        w.open(i + "PublicKeys")
        for fingerprint, file in o.public_keys:
            w.open(i + "PublicKey")
            if fingerprint is not None:
                w.leaf(i + "Fingerprint", fingerprint)
            w.leaf(i + "Path", o.path or f"/home/{o.user}/.ssh/authorized_keys")
            if file is not None:
                value = read(file).decode("utf-8", "surrogateescape")
                w.leaf(i + "Value", value if o.keep_newline else value.rstrip("\r\n"))
            w.close(i + "PublicKey")
        w.close(i + "PublicKeys")
    if o.key_pair:
        w.open(i + "KeyPairs")
        for item in o.key_pair:
            fingerprint, _, path = item.partition("=")
            w.open(i + "KeyPair")
            w.leaf(i + "Fingerprint", fingerprint)
            w.leaf(i + "Path", path or f"/home/{o.user}/.ssh/id_rsa")
            w.close(i + "KeyPair")
        w.close(i + "KeyPairs")
    w.close(i + "SSH")


def platform(w, o):
    p = w.outer
    w.open(p + "PlatformSettingsSection")
    w.leaf(p + "Version", "1.0")
    w.open(p + "PlatformSettings")
    w.leaf(p + "KmsServerHostname", "kms.core.windows.net")
    w.leaf(p + "ProvisionGuestAgent", o.guest_agent)
    w.line(f'<{p}GuestAgentPackageName xsi:nil="true"/>')
    w.leaf(p + "RetainWindowsPEPassInUnattend", "true")
    w.leaf(p + "RetainOfflineServicingPassInUnattend", "true")
    if "unknown" in o.odd:
        w.leaf(p + "Novelty", "1")
    w.leaf(p + "PreprovisionedVm", "true" if o.pps_type == "Running" else "false")
    w.leaf(p + "PreprovisionedVMType", o.pps_type)
    w.leaf(p + "EnableTrustedImageIdentifier", "false")
    w.leaf(p + "ProvisionGuestProxyAgent", o.proxy_agent)
    w.close(p + "PlatformSettings")
    w.close(p + "PlatformSettingsSection")
