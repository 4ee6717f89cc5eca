/**
 * Calls between the page and its Worker: { id, method, params } goes to the Worker, and
 * { id, result | error | progress } comes back. An error arrives as an Error with its message.
 */

/**
 * @param {Record<string, (params: any, onProgress: (progress: object) => void) => any>} methods
 * @param {{ addEventListener: Function, postMessage: Function }} port
 */
export function serve(methods, port) {
  port.addEventListener("message", async ({ data: { id, method, params } }) => {
    try {
      const result = await methods[method](params ?? {}, (progress) =>
        port.postMessage({ id, progress }),
      );
      port.postMessage({ id, result });
    } catch (error) {
      const { message = String(error), code } = error ?? {};
      port.postMessage({ id, error: { message, code } });
    }
  });
}

/**
 * @param {Worker} worker
 * @returns {(method: string, params?: object, onProgress?: (progress: any) => void) =>
 *   Promise<any>}
 */
export function connect(worker) {
  const waiting = new Map();
  let last = 0;
  const failAll = (message) => {
    for (const { reject } of waiting.values()) reject(new Error(message));
    waiting.clear();
  };
  worker.addEventListener("error", (event) =>
    failAll(
      `The worker could not run: ${event.message || "it failed to load"}`,
    ),
  );
  worker.addEventListener(
    "message",
    ({ data: { id, result, error, progress } }) => {
      const call = waiting.get(id);
      if (!call) return;
      if (progress) return call.onProgress?.(progress);
      waiting.delete(id);
      if (error)
        call.reject(
          Object.assign(new Error(error.message), { code: error.code }),
        );
      else call.resolve(result);
    },
  );
  return (method, params, onProgress) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject, onProgress });
      worker.postMessage({ id: last, method, params });
    });
}
