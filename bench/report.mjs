export const printTable = () => {};
export const writeReport = () => {};
