#include "table_files.h"

#include "tables.h"

const table_file table_files[N_TABLE_FILES] = {
    {"csv", BYTES("1,2\n3,4\n"), NULL, 0, {0}},
    {"csv with a header",
     BYTES("width,colour,\"a, \"\"b\"\"\"\n1,red,0\n2,\"gr\"\"een\",1\n"),
     NULL,
     0,
     {0}},
    {"csv with missing cells", BYTES("a,b,c\n1,?,x\n,2,y\nNA,nan,\n"), NULL, 0, {0}},
    {"csv, missing cells dropped", BYTES("a,b\n1,?\n3,2\n,2\n"), NULL, 0, {.drop_missing = true}},
    {"csv with categories", BYTES("a,b,c\n1,007,2\n3,7,2\n"), NULL, 0, {.categorical = "b,3"}},
    {"csv of halves", BYTES("1.5;2.25\n-0.5;1e-3\n"), NULL, 0, {0}},
    {"csv with labels", BYTES("1,2\n3,4\n"), BYTES("5\n6\n"), {0}},
    {"npy",
     BYTES("\x93NUMPY\1\0\x34\0{'descr':'<i2','fortran_order':False,'shape':(2,3)}\n"
           "\1\0\2\0\3\0\4\0\5\0\6\0"),
     NULL,
     0,
     {0}},
    {"npy, column by column",
     BYTES("\x93NUMPY\2\0\x33\0\0\0{'descr':'>f4','fortran_order':True,'shape':(2,2)}\n"
           "\x3f\x80\0\0\x40\0\0\0\x40\x40\0\0\x40\x80\0\0"),
     NULL,
     0,
     {0}},
    {"idx", BYTES("\0\0\x08\2\0\0\0\2\0\0\0\3\1\2\3\4\5\6"), NULL, 0, {0}},
    {"idx with labels",
     BYTES("\0\0\x08\2\0\0\0\2\0\0\0\3\1\2\3\4\5\6"),
     BYTES("\0\0\x08\1\0\0\0\2\7\x08"),
     {0}},
    {"libsvm", BYTES("1 1:2 3:0.5\n-1 2:4\n"), NULL, 0, {0}},
};
