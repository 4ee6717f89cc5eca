// Files in memory that outlive a database: a store for openIn().

export class MapStore {
  /** @type {Map<string, { bytes: Uint8Array, size: number }>} bytes has room to grow */
  files = new Map();

  open(path) {
    if (!this.files.has(path))
      this.files.set(path, { bytes: new Uint8Array(65536), size: 0 });
    const file = this.files.get(path);
    return {
      read(target, at) {
        const part = file.bytes.subarray(
          at,
          Math.min(at + target.length, Math.max(at, file.size)),
        );
        target.set(part);
        return part.length;
      },
      write(source, at) {
        const end = at + source.length;
        if (end > file.bytes.length) {
          const grown = new Uint8Array(end * 2);
          grown.set(file.bytes.subarray(0, file.size));
          file.bytes = grown;
        }
        file.bytes.set(source, at);
        file.size = Math.max(file.size, end);
      },
      truncate(size) {
        file.bytes.fill(0, size);
        file.size = size;
      },
      size: () => file.size,
      flush() {},
      close() {},
    };
  }

  delete(path) {
    this.files.delete(path);
  }

  exists(path) {
    return (this.files.get(path)?.size ?? 0) > 0;
  }

  close() {}
}
