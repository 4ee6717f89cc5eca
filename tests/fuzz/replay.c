/*
** replay_<target> path ...
**
** Runs the named files, and the files in the named folders, through the target that is linked with
** it. In `npm test` these are the seed corpus; by hand, the one input that libFuzzer found. A
** failing input ends the program, and its name is printed.
*/
#define _DEFAULT_SOURCE 1
#include "fuzz.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>

static char running[4096];
static int n_inputs;

/* Prints the name of the input after abort() as well as after a finding of a sanitizer. */
static void tell(void) {
  fprintf(stderr, "replay: while running %s\n", running);
}
static void tell_abort(int number) {
  (void)number;
  tell();
}
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

static void run_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(2);
  }
  size_t size = 0, capacity = 1 << 16;
  uint8_t *bytes = malloc(capacity);
  for (size_t n = 1; bytes && n;) {
    n = fread(bytes + size, 1, capacity - size, file);
    size += n;
    if (size == capacity) bytes = realloc(bytes, capacity *= 2);
  }
  fclose(file);
  /* The block is exactly as long as the input, so that the sanitizer sees a read beyond it. */
  if (bytes) bytes = realloc(bytes, size ? size : 1);
  if (!bytes) abort();
  LLVMFuzzerTestOneInput(bytes, size);
  n_inputs++;
  free(bytes);
}

static void run_folder(const char *path) {
  struct dirent **entries;
  int n = scandir(path, &entries, NULL, alphasort);
  if (n < 0) {
    perror(path);
    exit(2);
  }
  for (int i = 0; i < n; i++) {
    snprintf(running, sizeof running, "%s/%s", path, entries[i]->d_name);
    if (entries[i]->d_name[0] != '.') run_file(running);
    free(entries[i]);
  }
  free(entries);
}

int main(int argc, char **argv) {
  if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(tell);
  signal(SIGABRT, tell_abort);
  for (int i = 1; i < argc; i++) {
    struct stat about;
    snprintf(running, sizeof running, "%s", argv[i]);
    if (stat(argv[i], &about) == 0 && S_ISDIR(about.st_mode))
      run_folder(argv[i]);
    else
      run_file(argv[i]);
  }
  printf("%d inputs replayed\n", n_inputs);
  /* Without this, an empty corpus would look like success. */
  return n_inputs ? 0 : 1;
}
