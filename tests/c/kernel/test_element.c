/*
** kernel/element.c: the names of the element types, and the sizes of their vectors.
*/
#include "check.h"
#include "kernel/element.h"

#include <string.h>

#include "base/base.h"

static int parse(const char *word) {
  VssElement element = (VssElement)-1;
  return vss_element_parse(word, strlen(word), &element) == VSS_OK ? (int)element : -1;
}

int main(void) {
  CHECK(parse("float") == VSS_ELEMENT_FLOAT32);
  CHECK(parse("Float32") == VSS_ELEMENT_FLOAT32);
  CHECK(parse("F32") == VSS_ELEMENT_FLOAT32);
  /* Neither the beginning of a name nor more than a name. */
  CHECK(parse("") == -1);
  CHECK(parse("floa") == -1);
  CHECK(parse("float64") == -1);
  CHECK(parse("floats") == -1);
  CHECK(parse("bit") == -1);

  CHECK(vss_element_bytes(VSS_ELEMENT_FLOAT32, 1) == 4);
  CHECK(vss_element_bytes(VSS_ELEMENT_FLOAT32, VSS_MAX_DIM) == 262144);
  return check_summary();
}
