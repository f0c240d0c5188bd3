// Says what is wrong with the Kubernetes objects of a YAML file, one line for each finding, and last how many were checked.
// Usage: node check.mjs FILE, beside the node_modules with what package.json names.
import { readFileSync } from "node:fs";
import { extractK8sResources } from "@monokle/parser";
import { createDefaultMonokleValidator } from "@monokle/validation";

const file = process.argv[2];
const content = readFileSync(file, "utf8");
const resources = extractK8sResources([{ id: file, path: file, content }]);

// Security and practices. The plugin for schemas is left out: it would download them.
const validator = createDefaultMonokleValidator();
await validator.preload({
  plugins: { "pod-security-standards": true, practices: true, "yaml-syntax": true, "resource-links": true },
});
const report = await validator.validate({ resources });
let rules = 0;
for (const run of report.runs) {
  for (const extension of run.tool.extensions) {
    rules += extension.rules.length;
  }
  for (const result of run.results) {
    console.log(`${result.ruleId}: ${result.message.text}`);
  }
}

// Types, required fields and ranges of values.
let objects = 0;
for (const { content: object } of resources) {
  if (object.apiVersion.startsWith("monitoring.coreos.com/") || object.apiVersion.startsWith("sluice.dev/")) {
    continue;
  }
  const library = object.apiVersion.startsWith("gateway.networking.k8s.io/")
    ? "@kubernetes-models/gateway-api"
    : "kubernetes-models";
  const { [object.kind]: Model } = await import(`${library}/${object.apiVersion}/${object.kind}`);
  try {
    new Model(object).validate();
    objects++;
  } catch (error) {
    console.log(`${object.kind} ${object.metadata.name}: ${error.message}`);
  }
}
console.log(`checked ${objects} objects, ${rules} rules`);
