/** Light, dark, or as the system has it. The choice is kept between visits. */

import { byId } from "./dom.js";

const NAMES = { system: "Auto", light: "Light", dark: "Dark" };
const NEXT = { system: "dark", dark: "light", light: "system" };

/** @param {() => void} onChange */
export function startTheme(onChange) {
  const button = byId("theme");
  let theme = "system";
  try {
    theme = localStorage.getItem("vss-theme") ?? "system";
  } catch {
    // The page also works in a browser that keeps nothing.
  }
  const apply = () => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    byId("theme-name").textContent = NAMES[theme] ?? "Auto";
    byId("theme-sign").textContent = { light: "○", dark: "●" }[theme] ?? "◐";
    button.setAttribute("aria-label", `Theme: ${NAMES[theme] ?? "Auto"}`);
    onChange();
  };
  button.addEventListener("click", () => {
    theme = NEXT[theme] ?? "system";
    try {
      localStorage.setItem("vss-theme", theme);
    } catch {
      // The same.
    }
    apply();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener(
    "change",
    onChange,
  );
  apply();
}
