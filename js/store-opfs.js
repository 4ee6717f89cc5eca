/**
 * @returns {Promise<any>}
 */
export async function openOpfs() { throw new Error('not yet'); }
