/*
 * matrix_trees.h: viotape matrix of OpenBSD trees: each of them a row, on
 * machines, which are columns.
 */
#ifndef VIOTAPE_MATRIX_TREES_H
#define VIOTAPE_MATRIX_TREES_H

#include "options.h"

/* 1 if these options name trees. */
int matrix_has_trees(const struct options *o);
/* The command, from the options to its exit status. */
int matrix_trees(const struct options *o);

#endif
