// The registry behind the world: asked without caches and packing, so that its answers can be read.
import http from "node:http";

/** The answer of the registry to a request. */
export function ask(registry, { method, url, headers, body }) {
  const { "if-none-match": _, "accept-encoding": __, "content-length": ___, "transfer-encoding": ____, ...kept } = headers;
  // The host stays that of the world: the registry builds the addresses of tarballs from it.
  if (body?.length) kept["content-length"] = body.length;
  return new Promise((resolve, reject) => {
    const options = { host: registry.hostname, port: registry.port, path: url, method, headers: kept, agent: false };
    const request = http.request(options, async (response) => {
      const { "content-length": _, "transfer-encoding": __, etag: ___, ...shown } = response.headers;
      resolve({ status: response.statusCode, headers: shown, body: Buffer.concat(await response.toArray()) });
    });
    request.on("error", reject);
    request.end(body);
  });
}
