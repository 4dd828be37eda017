"""One overlay as `kustomize build` prints it, and its pods' files put on a disk."""

import pathlib
import re
import subprocess

import yaml

# What secrets hold that no overlay makes: by hand, or by cert-manager. k8s/README.md and
# the overlays' kustomization.yaml tell operators of the same files.
SECRETS = {
    "fireworks-grpc-keys": {"main": "key", "batch": "key"},
    "fireworks-grpc-tls": {
        "tls.crt": "certificate",
        "tls.key": "private key",
        "ca.crt": "certificate",
    },
    "fireworks-grpc-redis": {"password": "key", "ca.crt": "certificate"},
}


def make_certificate(folder):
    """A self-signed certificate and its key: what files of that kind may hold."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    files = [
        "-subj",
        "/CN=test",
        "-keyout",
        str(folder / "key.pem"),
        "-out",
        str(folder / "cert.pem"),
    ]
    subprocess.run(command.split() + files, check=True, capture_output=True)
    return {
        "certificate": (folder / "cert.pem").read_text(),
        "private key": (folder / "key.pem").read_text(),
        "key": "not-a-real-one",
    }


class Overlay:
    def __init__(self, path):
        self.name = path.stem
        self.objects = [o for o in yaml.safe_load_all(path.read_text()) if o]
        self.deployment = self.find("Deployment", "fireworks-grpc")
        self.pod = self.deployment["spec"]["template"]["spec"]
        self.container = self.pod["containers"][0]
        self.config = self.mounted("/etc/fireworks-grpc/config")["service.textproto"]
        self.policy = self.mounted("/etc/fireworks-grpc/policy")["policy.textproto"]

    def all(self, kind):
        return [o for o in self.objects if o["kind"] == kind]

    def find(self, kind, name):
        return next(o for o in self.all(kind) if o["metadata"]["name"] == name)

    def mounted(self, path):
        """The files of the ConfigMap that the pod has at `path`."""
        mount = next(m for m in self.container["volumeMounts"] if m["mountPath"] == path)
        volume = next(v for v in self.pod["volumes"] if v["name"] == mount["name"])
        return self.find("ConfigMap", volume["configMap"]["name"])["data"]

    def seconds(self, field, default):
        """A duration of the configuration; all of them are of whole seconds."""
        found = re.search(rf"\b{field} {{ seconds: (\d+) }}", self.config)
        return int(found.group(1)) if found else default

    def number(self, field, default):
        found = re.search(rf"\b{field}: (\d+)", self.config)
        return int(found.group(1)) if found else default

    def ports(self):
        """Name to number, of what the configuration listens on."""
        fields = {"grpc": "listen", "health": "health_listen", "metrics": "metrics_listen"}
        return {
            name: int(re.search(rf'\b{field}: "[^"]*:(\d+)"', self.config).group(1))
            for name, field in fields.items()
        }

    def files_of(self, volume, made):
        """Name to content, of a volume of the pod."""
        if "configMap" in volume:
            return self.find("ConfigMap", volume["configMap"]["name"])["data"]
        if "secret" in volume:
            name = volume["secret"]["secretName"]
            generated = [s for s in self.all("Secret") if s["metadata"]["name"] == name]
            if generated:
                return {key: made["key"] for key in generated[0]["data"]}
            return {file: made[kind] for file, kind in SECRETS[name].items()}
        files = {}
        for source in volume["projected"]["sources"]:
            if "serviceAccountToken" in source:
                files[source["serviceAccountToken"]["path"]] = made["key"]
            for item in source.get("configMap", {}).get("items", []):
                files[item["path"]] = made["certificate"]
        return files

    def materialise(self, root, made):
        """Puts the pod's volumes below `root`, and returns the configuration that finds
        them there. A file that no volume brings is then nowhere."""
        text = self.config
        for mount in self.container["volumeMounts"]:
            volume = next(v for v in self.pod["volumes"] if v["name"] == mount["name"])
            folder = pathlib.Path(str(root) + mount["mountPath"])
            folder.mkdir(parents=True)
            for name, content in self.files_of(volume, made).items():
                (folder / name).write_text(content)
            text = text.replace(f'"{mount["mountPath"]}/', f'"{folder}/')
        path = pathlib.Path(str(root) + "/etc/fireworks-grpc/config/service.textproto")
        path.write_text(text)
        return path
