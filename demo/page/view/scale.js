/** The scale control: adds synthetic rows and draws the time against their number. */

import { drawChart } from "./chart.js";
import { byId, count } from "./dom.js";

/**
 * @param {(method: string, params?: object, onProgress?: (p: any) => void) => Promise<any>} call
 */
export function startScale(call) {
  const state = byId("scale-state");
  const clear = byId("scale-clear");
  const buttons = [...byId("scale-actions").querySelectorAll("[data-rows]")];
  let measured = [];

  const draw = () => {
    drawChart(byId("scale-chart"), measured);
    clear.hidden = measured.length === 0;
    const most = measured.at(-1)?.rows ?? 0;
    for (const button of buttons)
      button.disabled = Number(button.dataset.rows) <= most;
  };

  for (const button of buttons) {
    button.addEventListener("click", async () => {
      for (const other of [...buttons, clear]) other.disabled = true;
      try {
        await call(
          "grow",
          { target: Number(button.dataset.rows) },
          ({ rows, target, measured: one }) => {
            state.textContent =
              rows < target
                ? `${count(rows)} of ${count(target)} rows…`
                : `${count(rows)} rows`;
            if (one)
              drawChart(byId("scale-chart"), (measured = [...measured, one]));
          },
        );
      } catch (error) {
        state.textContent = error.message;
      }
      clear.disabled = false;
      draw();
    });
  }
  clear.addEventListener("click", async () => {
    await call("clearLab");
    measured = [];
    state.textContent = "";
    draw();
  });
}
