/* Loops over neighbouring numbers of a layer at one point, for vectors of one width: included by matrix.h once for each.

   The includer defines NAMED(name), the names of what is defined here; T, the numbers that are handled at once; MARKED(c, t), t
   where c is not 0, else 0. All are undefined at the end. A strip begins at number i of a column or row, and has `chunks` vectors. */

/* Outputs, which hold their biases: plus the columns of the matrix times the numbers of the vector, in their order. */
INLINED void NAMED(columns)(const unsigned *starts, const unsigned *xs, unsigned n, const double *w, size_t i, double *y, int chunks) {
    T sum[8];
    for (int c = 0; c < chunks; c++) sum[c] = ((const T *)y)[c];
    for (unsigned j = 0; j < n; j++) {
        const double x = w[xs[j]];
        const T *const a = (const T *)(w + starts[j] + i);
        for (int c = 0; c < chunks; c++) sum[c] += a[c] * x;
    }
    for (int c = 0; c < chunks; c++) ((T *)y)[c] = sum[c];
}

/* Rows of the matrix, each with what comes in at its output: the gradients of the vector, `d`, and of the row itself. */
INLINED void NAMED(rows_back)(const Link *b, const unsigned *g, const unsigned *rows, double *w, size_t j, const double *x, double *d, int by, int chunks) {
    T at[8], sum[8];
    for (int c = 0; c < chunks; c++) at[c] = ((const T *)x)[c], sum[c] = ((const T *)d)[c];
    for (unsigned k = 0; k < b->db; k++, rows += 3) {
        const double in = w[g[k]];
        T *const to = (T *)(w + rows[1] + j);
        if (in == 0.0) {
            for (int c = 0; by & BY_MATRIX && rows[2] && c < chunks; c++) to[c] = (T){0};
            continue;
        }
        if (by & BY_VECTOR) {
            const T *const a = (const T *)(w + rows[0] + j);
            for (int c = 0; c < chunks; c++) sum[c] += a[c] * in;
        }
        if (by & BY_MATRIX) {
            if (rows[2]) for (int c = 0; c < chunks; c++) to[c] = at[c] * in;
            else for (int c = 0; c < chunks; c++) to[c] += at[c] * in;
        }
    }
    for (int c = 0; c < chunks; c++) ((T *)d)[c] = sum[c];
}

/* The gradients of a strip of each column of the matrix. */
INLINED void NAMED(columns_back)(const unsigned *starts, const unsigned *xs, unsigned n, double *w, size_t i, const double *g, int chunks) {
    T in[8];
    for (int c = 0; c < chunks; c++) in[c] = ((const T *)g)[c];
    for (unsigned j = 0; j < n; j++) {
        const double x = w[xs[j]];
        T *const to = (T *)(w + starts[3 * j + 1] + i);
        if (starts[3 * j + 2]) for (int c = 0; c < chunks; c++) to[c] = MARKED(in[c], in[c] * x);
        else for (int c = 0; c < chunks; c++) to[c] += MARKED(in[c], in[c] * x);
    }
}

#undef NAMED
#undef T
#undef MARKED
