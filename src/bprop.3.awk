# The manual page bprop(3), in mdoc, from the public headers and an example:
#
#   awk -f bprop.3.awk bprop.h HEADER… EXAMPLE.c
#
# A comment at the margin becomes text, its indented lines and all code are shown as they are. The
# comment at the top of a header opens its section; that of bprop.h is the description.

function escaped(line) {
    gsub(/\\/, "\\e", line)
    gsub(/-/, "\\-", line)
    gsub(/'/, "\\(aq", line)
    gsub(/`/, "\\(ga", line)
    return line ~ /^\./ ? "\\&" line : line
}

# A line each, which mdoc asks for.
function sentences(line) {
    gsub(/\. +/, ".\n", line)
    return line
}

# After a paragraph's end the next line of text begins one.
function put(line) {
    page = page (ended && line !~ /^\.(Bd|Ss)/ ? ".Pp\n" : "") line "\n"
    ended = 0
}

function put_literal(lines) { put(".Bd -literal -offset indent\n" lines ".Ed") }

# Lines of a comment: a blank one begins a paragraph, indented ones are literal.
function put_text(lines,    line, n, i, literal) {
    n = split(lines, line, "\n")
    for (i = 1; i < n; i++) {
        if (line[i] ~ /^  /)
            literal = literal escaped(line[i]) "\n"
        else {
            if (literal)
                put_literal(literal)
            literal = ""
            if (line[i] == "")
                ended = 1
            else
                put(sentences(escaped(line[i])))
        }
    }
    if (literal)
        put_literal(literal)
}

# The first sentence of a comment, or what stands before its first list.
function purpose(lines) {
    sub(/\n(\n|  ).*/, "", lines)
    gsub(/\n/, " ", lines)
    sub(/\. .*/, "", lines)
    sub(/[.:; ]*$/, "", lines)
    return lines
}

# The functions that some lines of code declare: each for what stands behind it, or for what stands
# above them all.
function list_functions(code,    line, n, i, statement, behind) {
    n = split(code, line, "\n")
    for (i = 1; i <= n; i++) {
        if (!statement && line[i] ~ /^ /) # a member of a structure
            continue
        statement = statement " " line[i]
        if (line[i] !~ /;/)
            continue
        behind = match(statement, /; *\/\*.*\*\//) ? substr(statement, RSTART, RLENGTH) : ""
        gsub(/^; *\/\* | \*\/$/, "", behind)
        if (statement !~ /typedef|[{}]/ && match(statement, /bp_[a-z0-9_]*\(/))
            list_function(substr(statement, RSTART, RLENGTH - 1), purpose(behind ? behind : comment))
        statement = ""
    }
}

function list_function(function_name, what) {
    if (what == last_purpose && n_functions)
        functions[n_functions] = functions[n_functions] " , Fn " function_name
    else {
        functions[++n_functions] = ".It Fn " function_name
        purposes[n_functions] = escaped(what)
    }
    last_purpose = what
}

function end_paragraph() {
    if (code) {
        list_functions(code)
        put_literal(escaped_lines(code))
        ended = 1
    }
    code = comment = ""
}

function escaped_lines(lines,    line, n, i, all) {
    n = split(lines, line, "\n")
    for (i = 1; i < n; i++)
        all = all escaped(line[i]) "\n"
    return all
}

# A comment before the header's own #ifndef is not one of what follows it.
function end_comment() {
    in_comment = 0
    put_text(comment)
    ended = 1
    if (depth >= 0)
        return
    comment = ""
    if (name == "bprop.h") {
        description = page
        page = ""
        ended = 0
    }
}

FNR == 1 {
    end_paragraph()
    depth = -1 # within the header's own #ifndef: 0
    name = FILENAME
    sub(/.*\//, "", name)
    if (name ~ /\.h$/ && name != "bprop.h")
        put(".Ss <bprop/" name ">")
}
name ~ /\.c$/ { example = example escaped($0) "\n"; next }

/^#ifdef __cplusplus/ { in_cplusplus = 1 }
in_cplusplus { if (/^#endif/) in_cplusplus = 0; next }
/^#if/ && ++depth == 0 { next }
/^#endif/ && depth-- == 0 { next }
/^#define BPROP_|^#include|^#pragma/ { next }

/^\/\* ----/ {
    end_paragraph()
    gsub(/^\/\* -+ | -+ \*\/$/, "")
    put(".Sy " $0)
    ended = 1
    next
}
/^\/\*/ {
    end_paragraph()
    in_comment = 1
    sub(/^\/\* /, "")
    if (FNR == 1)
        sub(/^[^ ]*: /, "")
    $0 = toupper(substr($0, 1, 1)) substr($0, 2)
}
in_comment {
    ends = sub(/ ?\*\/$/, "")
    sub(/^ \* ?/, "")
    if (!ends || $0 != "")
        comment = comment $0 "\n"
    if (ends)
        end_comment()
    next
}
/^$/ { end_paragraph(); next }
{ code = code $0 "\n" }

END {
    end_paragraph()
    print ".Dd November 25, 2026\n.Dt BPROP 3\n.Os\n.Sh NAME\n.Nm bprop"
    print ".Nd multilayer perceptrons trained by backpropagation on BLAS"
    print ".Sh SYNOPSIS\n.In bprop/bprop.h\n.Pp"
    print "cc example.c $(pkg\\-config \\-\\-cflags \\-\\-libs bprop)"
    printf ".Sh DESCRIPTION\n%s", description
    print ".Sh FUNCTIONS\n.Bl -tag -width Ds"
    for (i = 1; i <= n_functions; i++)
        print functions[i] (purposes[i] ? "\n" purposes[i] : "")
    print ".El"
    printf ".Sh HEADERS\n%s", page
    printf ".Sh EXAMPLES\n.Bd -literal\n%s.Ed\n.Sh SEE ALSO\n.Xr bprop 1\n", example
}
