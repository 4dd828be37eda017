// The part of generate.sh that buf does not do: a module per package that exports all of
// its files, the list of all services, and the shared service config as a constant.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

const gen = new URL("src/gen/", import.meta.url);

for (const name of ["inference", "gateway", "service", "errors"]) {
  const files = readdirSync(new URL(`fireworks/${name}/v1/`, gen))
    .filter((file) => file.endsWith("_pb.ts"))
    .sort();
  const lines = files.map((file) => `export * from "./fireworks/${name}/v1/${file.replace(/ts$/, "js")}";\n`);
  writeFileSync(new URL(`${name}.ts`, gen), lines.join(""));
}

const serviceConfig = JSON.parse(readFileSync(new URL("../service_config.json", import.meta.url), "utf8"));
writeFileSync(
  new URL("service_config.ts", gen),
  `export const SERVICE_CONFIG: string = ${JSON.stringify(JSON.stringify(serviceConfig))};\n`,
);
