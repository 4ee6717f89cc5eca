/*
** The sort of SQLite's, which asks whether to go on. Included by guards/sqlite.c.
**
** SQLite sorts what a statement has collected in one instruction: over ten million rows, or a
** thousand texts of a megabyte without regard to case, that takes seconds. It merges lists of
** records, and each merge comes through here.
**
**   asked to stop:   what is not merged yet is freed, and the error ends the sort
*/
#include "meter.h"

/* A comparison looks at most at the shorter of two records. The rest of it is this much work. */
#define COMPARISON_BYTES 64u

static void drop_records(const SortSubtask *task, SorterRecord *records) {
  /* In one piece of memory they are freed with it. */
  if (!task->pSorter->list.aMemory) vdbeSorterRecordFree(NULL, records);
}

/* The records of both lists, none of them empty, in order; those of `a` first where equal. */
static SorterRecord *merge_and_ask(SortSubtask *task, SorterRecord *a, SorterRecord *b) {
  /* Merges too small to ask are followed by one that does, after a few milliseconds at most. */
  VssMeter meter = {.is_over = task->pUnpacked->errCode == SQLITE_INTERRUPT};
  SorterRecord *first = NULL;
  SorterRecord **end = &first;
  int is_b_read = 0; /* the comparison keeps b's record in task->pUnpacked */
  while (a && b) {
    size_t bytes = (size_t)(a->nVal < b->nVal ? a->nVal : b->nVal) + COMPARISON_BYTES;
    if (!vss_meter_go_on(&meter, bytes)) {
      task->pUnpacked->errCode = SQLITE_INTERRUPT;
      drop_records(task, a);
      a = NULL;
    } else if (task->xCompare(task, &is_b_read, SRVAL(a), a->nVal, SRVAL(b), b->nVal) <= 0) {
      *end = a;
      end = &a->u.pNext;
      a = a->u.pNext;
    } else {
      *end = b;
      end = &b->u.pNext;
      b = b->u.pNext;
      is_b_read = 0;
    }
  }
  *end = a ? a : b;
  return first;
}
