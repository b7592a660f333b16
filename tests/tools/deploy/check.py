"""Holds deploy/helm and deploy/compose against the schemas of Kubernetes, and against what an operator relies on.

check.py            says what is wrong and ends with 1, or says nothing
check.py --render   renders the chart anew into deploy/helm/rendered.yaml, by Helm

What the chart makes lies in the tree, so that whoever reads it needs no Helm, and the checks neither. It says of which chart it is; where there
is a Helm (tests/tools/fetch-helm.sh, or on the path) it is rendered again and compared, and with rules and boards too.
"""

import hashlib
import pathlib
import shutil
import subprocess
import sys

import kubernetes_validate
import yaml

TREE = pathlib.Path(__file__).resolve().parents[3]
DEPLOY = TREE / "deploy"
CHART = DEPLOY / "helm" / "kpistream"
RENDERED = DEPLOY / "helm" / "rendered.yaml"
# The oldest that the chart allows, and one of today.
VERSIONS = ["1.27", "1.34"]
# Kinds of the Prometheus Operator, of which Kubernetes has no schema.
OTHERS = {"ServiceMonitor", "PrometheusRule"}
# Rules and boards are checked where they are; here they would only be long.
SHORT = ["--set", "dashboards.enabled=false", "--set", "prometheusRule.enabled=false"]

problems = []


def demand(holds, what):
    if not holds:
        problems.append(what)


def helm():
    own = TREE / ".tools" / "helm" / "helm"
    return str(own) if own.exists() else shutil.which("helm")


def digest():
    """Of all that makes up the chart, but rules and boards, which are links."""
    found = hashlib.sha256()
    for path in sorted(path for path in CHART.rglob("*") if path.is_file() and "files" not in path.relative_to(CHART).parts):
        found.update(path.relative_to(CHART).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def template(*more):
    line = [helm(), "template", "kpistream", str(CHART), "--namespace", "kpistream", "--kube-version", VERSIONS[-1] + ".0", *more]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def rendered(*more):
    done = template(*more)
    if done.returncode:
        sys.exit(f"helm: {done.stderr.strip()}")
    return done.stdout


def head():
    return f"# What deploy/helm/kpistream makes of its values, without rules and boards. Made by `make chart`. Chart: {digest()}\n"


def manifests(text):
    return [manifest for manifest in yaml.safe_load_all(text) if manifest]


def name(manifest):
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def is_part(small, large):
    return small and small.items() <= large.items()


def schemas(found):
    for manifest in found:
        for version in VERSIONS if manifest["kind"] not in OTHERS else []:
            try:
                kubernetes_validate.validate(manifest, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                problems.append(f"{name(manifest)}, Kubernetes {version}: {error.message}")


def cluster(found):
    """That the parts of the chart belong together, and that an instance may do no more than it needs."""
    of = lambda kind: [manifest for manifest in found if manifest["kind"] == kind]
    for kind in ["StatefulSet", "Service", "ServiceAccount", "ConfigMap", "PodDisruptionBudget", "NetworkPolicy", "ServiceMonitor"]:
        demand(of(kind), f"the chart makes no {kind}")
    (instances,) = of("StatefulSet")
    template = instances["spec"]["template"]
    labels, pod = template["metadata"]["labels"], template["spec"]
    (container,) = pod["containers"]
    services = {service["metadata"]["name"]: service for service in of("Service")}
    selectors = [(instances, instances["spec"]["selector"]["matchLabels"])]
    selectors += [(service, service["spec"]["selector"]) for service in services.values()]
    selectors += [(budget, budget["spec"]["selector"]["matchLabels"]) for budget in of("PodDisruptionBudget")]
    selectors += [(policy, policy["spec"]["podSelector"]["matchLabels"]) for policy in of("NetworkPolicy")]
    for manifest, selector in selectors:
        demand(is_part(selector, labels), f"{name(manifest)} selects no pod of the chart")
    named = services.get(instances["spec"]["serviceName"])
    if not named or named["spec"].get("clusterIP") != "None":
        sys.exit("the instances have no names: there is no headless service as the StatefulSet says")
    for monitor in of("ServiceMonitor"):
        hit = [service for service in services.values() if is_part(monitor["spec"]["selector"]["matchLabels"], service["metadata"]["labels"])]
        demand(hit == [named], "the ServiceMonitor is to select the service of the instances alone, ready or not")
        demand(monitor["spec"]["jobLabel"] == "app.kubernetes.io/name", "rules read the job kpistream")
        demand(named["metadata"]["labels"]["app.kubernetes.io/name"] == "kpistream", "rules read the job kpistream")
    secure = container["securityContext"]
    demand(secure["readOnlyRootFilesystem"] and not secure["allowPrivilegeEscalation"], "the container may write its root, or become more")
    demand(secure["capabilities"] == {"drop": ["ALL"]}, "the container keeps capabilities")
    demand(pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0, "the pod runs as root")
    demand(pod["automountServiceAccountToken"] is False, "the pod may ask Kubernetes")
    demand({"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys(), "a probe is missing")
    demand(container["readinessProbe"]["httpGet"]["path"] == "/readyz", "ready is what /readyz says")
    demand(container["livenessProbe"]["httpGet"]["path"] == "/healthz", "alive is what /healthz says: who reads the log is not ended for it")
    demand({"cpu", "memory"} <= container["resources"]["requests"].keys() and "memory" in container["resources"]["limits"], "resources")
    volumes = {volume["name"] for volume in pod["volumes"]} | {claim["metadata"]["name"] for claim in instances["spec"]["volumeClaimTemplates"]}
    demand({mount["name"] for mount in container["volumeMounts"]} <= volumes, "a volume is mounted that there is not")
    instance = [variable for variable in container["env"] if variable["name"] == "KPISTREAM_SNAPSHOTS__INSTANCE"]
    demand(instance and instance[0]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name", "an instance's snapshots go by its pod's name")


def compose(text):
    """That what is started belongs together, is told by version, and is this machine's alone."""
    whole = yaml.safe_load(text)
    services, folder = whole["services"], DEPLOY / "compose"
    for wanted in ["kafka", "registry", "prometheus", "alertmanager", "grafana", "kpistream-a", "kpistream-b"]:
        demand(wanted in services, f"compose: no {wanted}")
    for service, what in services.items():
        tag = what["image"].rpartition(":")[2]
        demand(tag not in ("", "latest") and ":" in what["image"], f"compose, {service}: an image without a version")
        demand(all(other in services for other in what.get("depends_on", {})), f"compose, {service}: it waits for what there is not")
        demand(all(port.startswith("127.0.0.1:") for port in what.get("ports", [])), f"compose, {service}: a port is open to others")
        for volume in what.get("volumes", []):
            source = volume.partition(":")[0]
            there = (folder / source).exists() if source.startswith(".") else source in whole["volumes"]
            demand(there, f"compose, {service}: there is no {source}")
        if what["image"].startswith("kpistream:"):
            demand(what["read_only"] and what["cap_drop"] == ["ALL"], f"compose, {service}: it may write its root, or keeps capabilities")
            demand((folder / what["build"]["context"] / what["build"]["dockerfile"]).exists(), f"compose, {service}: no Dockerfile")


def main():
    if sys.argv[1:] == ["--render"]:
        RENDERED.write_text(head() + rendered(*SHORT))
        return
    text = RENDERED.read_text()
    demand(text.startswith(head()), "deploy/helm/rendered.yaml is of another chart: make chart")
    found = manifests(text)
    schemas(found)
    cluster(found)
    compose((DEPLOY / "compose" / "compose.yml").read_text())
    if helm():
        demand(text == head() + rendered(*SHORT), "deploy/helm/rendered.yaml is not what the chart makes: make chart")
        more = ["--set", "prometheusRule.bounds.kpistream:cac:bound=900", "--set", "snapshots.url=s3://bucket/folder", "--set", "replicas=1"]
        whole = manifests(rendered(*more))
        schemas(whole)
        for wrong in ["replica=3", "replicas=0", "config.http.address=x", "config.kafka.brokers={}"]:
            demand(template("--set", wrong).returncode, f"the chart takes {wrong}")
        (rules,) = [manifest for manifest in whole if manifest["kind"] == "PrometheusRule"]
        all_rules = [rule for group in rules["spec"]["groups"] for rule in group["rules"]]
        demand(sum("alert" in rule for rule in all_rules) > 20, "the chart lacks alerts")
        bound = [rule["expr"] for rule in all_rules if rule.get("record") == "kpistream:cac:bound"]
        demand(bound == ["vector(900)"], "a bound of the values is not that of the rules")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
