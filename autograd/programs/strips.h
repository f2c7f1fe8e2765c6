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

/* The gradients of a vector: plus the rows of the matrix times what comes in at their outputs. Of finite numbers nothing but 0 is passed
   on where 0 comes in, without a look. */
INLINED void NAMED(vector_back)(
    const Link *b, const unsigned *g, const unsigned *rows, const double *w, size_t j, const double *from, double *to, int finite, int chunks
) {
    T sum[8];
    for (int c = 0; c < chunks; c++) sum[c] = ((const T *)from)[c];
    for (unsigned k = 0; k < b->db; k++) {
        const double in = w[g[k]];
        const T *const a = (const T *)(w + rows[3 * (size_t)k] + j);
        if (!finite && in == 0.0) continue;
        for (int c = 0; c < chunks; c++) sum[c] += a[c] * in;
    }
    for (int c = 0; c < chunks; c++) ((T *)to)[c] = sum[c];
}

/* The gradients of a strip of each row of the matrix, over all uses; x: of each where the strip of its vector is. */
INLINED void NAMED(weights_back)(const Link *b, const unsigned *g, double *w, size_t j, const double **x, int finite, int chunks) {
    const unsigned uses = b->da, *rows = g + (size_t)uses * b->db;
    for (unsigned k = 0; k < b->db; k++, rows += 2) {
        T *const to = (T *)(w + rows[0] + j), sum[8];
        for (int c = 0; c < chunks; c++) sum[c] = rows[1] ? (T){0} : to[c];
        for (unsigned u = 0; u < uses; u++) {
            const double in = w[g[(size_t)u * b->db + k]];
            if (!finite && in == 0.0) continue;
            for (int c = 0; c < chunks; c++) sum[c] += ((const T *)x[u])[c] * in;
        }
        for (int c = 0; c < chunks; c++) to[c] = sum[c];
    }
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
