package relational

import (
	"strconv"
	"strings"
)

// where is the conditions of a query, and its arguments. It holds what was asked for alone: a condition that lets everything through where nothing was
// asked keeps a database from its indexes.
type where struct {
	conditions []string
	args       []any
}

// arg adds an argument and returns how the query names it.
func (w *where) arg(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

// is adds that a column has a value; nothing for "".
func (w *where) is(column, value string) {
	if value != "" {
		w.conditions = append(w.conditions, column+" = "+w.arg(value))
	}
}

// String returns the clause, with a blank before it; "" without conditions.
func (w *where) String() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}
