// The names of the functions that the module imports from JavaScript; wasm/import.h says what they
// do, and js/module/vfs.js and js/module/capi.js have them. Emscripten writes no glue for this
// module. Its linker reads this file only to know that the names are not spelling mistakes.
mergeInto(LibraryManager.library, {
  build: function () {},
  fileAhead: function () {},
  fileCheck: function () {},
  fileClose: function () {},
  fileDelete: function () {},
  fileExists: function () {},
  fileFlush: function () {},
  fileMoved: function () {},
  fileOpen: function () {},
  filePath: function () {},
  fileRead: function () {},
  fileSize: function () {},
  fileTruncate: function () {},
  fileWrite: function () {},
  functionCall: function () {},
  functionFree: function () {},
  localTime: function () {},
  now: function () {},
  randomBytes: function () {},
  stop: function () {},
});
