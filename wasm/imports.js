// The functions that the module imports from JavaScript (js/module/capi.js has them). Emscripten writes no glue for
// this module; it only wants to know that these names are not spelling mistakes.
mergeInto(LibraryManager.library, {
  fileClose: function () {},
  fileDelete: function () {},
  fileExists: function () {},
  fileFlush: function () {},
  fileOpen: function () {},
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
