// The page that browser runners open: runIn("page" | "worker", filter) gives the results of the
// specs.
//
// Its policy allows no eval and no foreign script: 'wasm-unsafe-eval' is all that the package
// needs.
export const pageOf = () => `<!doctype html>
<meta http-equiv="content-security-policy" content="default-src 'self'; script-src 'self' 'wasm-unsafe-eval'">
<title>vss-wasm specs</title>
<script type="module" src="/tests/lib/browser.js"></script>
`;
