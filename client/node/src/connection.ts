// How a client reaches the service: addresses, TLS, the token, and the channel's settings.
import { readFileSync } from "node:fs";
import { isIPv4, isIPv6 } from "node:net";
import * as grpc from "@grpc/grpc-js";
import { SERVICE_CONFIG } from "./gen/service_config.js";
import "./message_order.js";
import { bearer } from "./token.js";
import type { Token } from "./token.js";

/** Certificates in PEM. An empty object means TLS with the authorities that Node.js trusts. */
export interface TlsOptions {
  /** File of the authorities that sign the service's certificate. Unset: those that Node.js trusts. */
  caFile?: string;
  /** File of the client's own certificate chain, for mutual TLS. Goes with `keyFile`. */
  certificateFile?: string;
  /** File of the key of `certificateFile`. */
  keyFile?: string;
  /** The name that the service's certificate must be for. Unset: the target's host. */
  serverName?: string;
}

/** How to reach the service. */
export interface ConnectOptions {
  /**
   * `HOST:PORT` of the service, or any target that grpc-js resolves; or several `IP:PORT`, which
   * calls go to in turn. A name with several addresses is balanced the same way.
   */
  target: string | readonly string[];
  /** Unset: plaintext. */
  tls?: TlsOptions;
  /**
   * Bearer token of every call, or what tells it, asked for each call. Refused without TLS unless
   * all targets are loopback: others could read it.
   */
  token?: Token;
  /** Largest message to take, in bytes. Unset: 64 MiB. */
  maxReceiveBytes?: number;
  /** Silence after which the connection is probed, in ms. Unset: 30 000. */
  keepaliveMs?: number;
  /** gRPC service config as JSON text. Unset: that of all clients of this project. */
  serviceConfig?: string;
  /** Further channel options of grpc-js; they win over those above. */
  channelOptions?: grpc.ChannelOptions;
}

const MAX_RECEIVE_BYTES = 64 << 20;
const KEEPALIVE_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;

/** A grpc-js client for `options`. Throws a TypeError on options that cannot be right. */
export function connect(options: ConnectOptions): grpc.Client {
  const targets = typeof options.target === "string" ? [options.target] : options.target;
  const interceptors: grpc.Interceptor[] = [];
  if (options.token !== undefined) {
    const remote = targets.find((target) => !isLoopback(target));
    if (options.tls === undefined && remote !== undefined) {
      throw new TypeError(`a token goes over TLS or loopback only, and '${remote}' is neither: set 'tls'`);
    }
    interceptors.push(bearer(options.token));
  }
  return new grpc.Client(channelTarget(targets), channelCredentials(options.tls), {
    "grpc.service_config": options.serviceConfig ?? SERVICE_CONFIG,
    // The service's own config only: none is looked for in DNS.
    "grpc.service_config_disable_resolution": 1,
    "grpc.max_receive_message_length": options.maxReceiveBytes ?? MAX_RECEIVE_BYTES,
    "grpc.max_send_message_length": -1,
    "grpc.keepalive_time_ms": options.keepaliveMs ?? KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    // A proxy would look for the service on its own loopback.
    ...(targets.every(isLoopback) ? { "grpc.enable_http_proxy": 0 } : {}),
    ...(options.tls?.serverName === undefined
      ? {}
      : {
          "grpc.ssl_target_name_override": options.tls.serverName,
          "grpc.default_authority": options.tls.serverName,
        }),
    ...options.channelOptions,
    interceptors,
  });
}

/** Whether a target can only be this machine. */
export function isLoopback(target: string): boolean {
  if (/^unix(-abstract)?:/.test(target)) return true;
  const address = target.replace(/^(dns|ipv4|ipv6):(\/\/[^/]*\/)?/, "");
  const host = (/^\[(.*)\](:\d+)?$/.exec(address) ?? /^([^:]*)(:\d+)?$/.exec(address))?.[1] ?? address;
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

// grpc-js takes a list of addresses only, all of one family.
function channelTarget(targets: readonly string[]): string {
  const [first] = targets;
  if (first === undefined || first === "") throw new TypeError("'target' is empty");
  if (targets.length === 1) return first;
  const addresses = targets.map((target) => target.replace(/^localhost(?=:)/, "127.0.0.1"));
  const family = addresses.every((address) => isIPv4(address.replace(/:\d+$/, "")))
    ? "ipv4"
    : addresses.every((address) => isIPv6(/^\[(.*)\]:\d+$/.exec(address)?.[1] ?? ""))
      ? "ipv6"
      : undefined;
  if (family === undefined) {
    throw new TypeError(
      `several targets must all be 'IPv4:PORT' or all '[IPv6]:PORT', not '${targets.join("', '")}'; ` +
        "to balance over names, use one name that has all addresses",
    );
  }
  return `${family}:${addresses.join(",")}`;
}

function channelCredentials(tls: TlsOptions | undefined): grpc.ChannelCredentials {
  if (tls === undefined) return grpc.credentials.createInsecure();
  if ((tls.certificateFile === undefined) !== (tls.keyFile === undefined)) {
    throw new TypeError("'certificateFile' and 'keyFile' go together");
  }
  const read = (file: string | undefined) => (file === undefined ? null : readFileSync(file));
  return grpc.credentials.createSsl(read(tls.caFile), read(tls.keyFile), read(tls.certificateFile));
}
