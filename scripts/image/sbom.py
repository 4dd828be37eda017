"""The bill of materials of an image, as SPDX 2.3 JSON.

An image is one program and files of the Debian packages that it is linked with, or whose
headers are compiled into it, as this machine has them. The same input gives the same
output; SOURCE_DATE_EPOCH is the time of creation.
"""

import datetime
import hashlib
import json
import os
import subprocess

_FIELDS = ("Package", "Version", "Architecture", "source:Package", "source:Version", "Maintainer",
           "Homepage")


def distribution():
    with open("/etc/os-release", encoding="utf-8") as file:
        values = dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
    return "{}-{}".format(values["ID"].strip('"'), values.get("VERSION_ID", "").strip('"'))


def debian_packages(names):
    """The SPDX packages of the installed Debian packages `names`, by name."""
    form = "\\t".join("${%s}" % field for field in _FIELDS) + "\\n"
    answer = subprocess.run(["dpkg-query", "--show", "--showformat", form, *names], check=True,
                            stdout=subprocess.PIPE, text=True)
    distro = distribution()
    return [debian_package(line, distro) for line in sorted(answer.stdout.splitlines())]


def debian_package(fields, distro):
    package, version, architecture, source, source_version, maintainer, homepage = (
        fields.split("\t"))
    # Of the characters that a purl must escape, versions have these.
    quoted = version.replace(":", "%3A").replace("+", "%2B")
    return {
        "SPDXID": "SPDXRef-Package-" + "".join(
            letter if letter.isalnum() or letter in ".-" else "-" for letter in package),
        "name": package,
        "versionInfo": version,
        "supplier": "Person: " + maintainer,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "sourceInfo": f"built from {source} {source_version}; the licence is in "
                      f"/usr/share/doc/{package}/copyright",
        **({"homepage": homepage} if homepage else {}),
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": f"pkg:deb/debian/{package}@{quoted}"
                                f"?arch={architecture}&distro={distro}",
        }],
    }


def program_package(name, version, digest):
    return {
        "SPDXID": "SPDXRef-Program",
        "name": name,
        "versionInfo": version,
        "supplier": "NOASSERTION",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
        "licenseConcluded": "Apache-2.0",
        "licenseDeclared": "Apache-2.0",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "APPLICATION",
    }


def document(name, version, digest, linked, compiled_in):
    """The whole document; `linked` and `compiled_in` are SPDX packages."""
    created = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")),
                                              datetime.timezone.utc)
    relationships = [{
        "spdxElementId": "SPDXRef-DOCUMENT",
        "relationshipType": "DESCRIBES",
        "relatedSpdxElement": "SPDXRef-Program",
    }]
    for kind, packages in (("DEPENDS_ON", linked), ("STATIC_LINK", compiled_in)):
        for package in packages:
            relationships.append({
                "spdxElementId": "SPDXRef-Program",
                "relationshipType": kind,
                "relatedSpdxElement": package["SPDXID"],
            })
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{name}-{version}",
        # Names the document; nothing has to be there.
        "documentNamespace": f"urn:fireworks-grpc:sbom:{name}:{version}:{digest}",
        "creationInfo": {
            "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: scripts/image/sbom.py"],
        },
        "packages": [program_package(name, version, digest)] + linked + compiled_in,
        "relationships": relationships,
    }


def bill_of(program, version, packages, compiled_in):
    """The text of the bill of materials.

    Args:
      program: the file.
      version: the program's.
      packages: names of the Debian packages that it is linked with.
      compiled_in: names of those whose headers are compiled into it.
    """
    with open(program, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    whole = document(os.path.basename(program), version, digest, debian_packages(packages),
                     debian_packages(compiled_in))
    return json.dumps(whole, indent=1, sort_keys=True) + "\n"
