// What an import of the file gives in Cloudflare Workers and with bundlers: the compiled module.
declare const module: WebAssembly.Module;
export default module;
