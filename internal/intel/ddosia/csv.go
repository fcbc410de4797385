package ddosia

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// csvColumns are the columns of a list as CSV, in the order that trackers write.
var csvColumns = []string{"host", "ip", "type", "method", "port", "use_ssl", "path"}

// ParseCSV reads one list as CSV (RFC 4180) from r to its end: a line of column names, of which "host" is required and others than those of an
// order are not looked at, then an order on each line. It is as lenient as [Parse] and returns the same errors.
func ParseCSV(r io.Reader, limits Limits) (*List, error) {
	limits = limits.withDefaults()
	data, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("read attack orders: %w", err)
	}
	if int64(len(data)) > limits.Bytes {
		return nil, fmt.Errorf("read attack orders: longer than %d bytes: %w", limits.Bytes, ErrTooLarge)
	}
	return parseCSV(data, limits)
}

// ParseBytes reads one list, as JSON or as CSV, whichever it looks like. It returns the errors of [Parse].
func ParseBytes(data []byte, limits Limits) (*List, error) {
	limits = limits.withDefaults()
	if int64(len(data)) > limits.Bytes {
		return nil, fmt.Errorf("read attack orders: longer than %d bytes: %w", limits.Bytes, ErrTooLarge)
	}
	if slices.Contains(csvHead(data), "host") {
		return parseCSV(data, limits)
	}
	return parseJSON(data, limits)
}

// csvHead returns the column names in the first line of a list as CSV.
func csvHead(data []byte) []string {
	const longest = 1 << 10
	line, _, _ := bytes.Cut(bytes.TrimPrefix(data[:min(len(data), longest)], []byte("\xef\xbb\xbf")), []byte("\n"))
	names := strings.Split(strings.ToLower(string(line)), ",")
	for i, n := range names {
		names[i] = strings.Trim(n, "\" \t\r")
	}
	return names
}

func parseCSV(data []byte, limits Limits) (*List, error) {
	head := csvHead(data)
	if !slices.Contains(head, "host") {
		return nil, fmt.Errorf("read attack orders: %w", ErrNotList)
	}
	column := make(map[string]int)
	for _, name := range csvColumns {
		column[name] = slices.Index(head, name)
	}
	_, rest, _ := bytes.Cut(data, []byte("\n"))
	lines := csv.NewReader(bytes.NewReader(rest))
	lines.LazyQuotes, lines.FieldsPerRecord, lines.ReuseRecord = true, -1, true
	list := &List{Skipped: map[Reason]int{}}
	for from := int64(0); ; from = lines.InputOffset() {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		why, ok := Damaged, false
		switch {
		case err != nil:
		case lines.InputOffset()-from > int64(limits.RowBytes):
			why = TooLarge
		default:
			one := csvRow(func(name string) text {
				if i := column[name]; i >= 0 && i < len(fields) {
					return text(strings.ToValidUTF8(fields[i], "�"))
				}
				return ""
			})
			why, ok = list.addEntry(one.entry(list.badHost), limits.Rows)
		}
		if !ok {
			list.Skipped[why]++
		}
	}
	list.Empty = len(list.Entries) == 0 && len(list.Skipped) == 0
	return list, nil
}

// csvRow is an order whose fields are written as text.
func csvRow(field func(name string) text) *row {
	one := &row{Host: field("host"), IP: field("ip"), Type: field("type"), Method: field("method"), Path: field("path")}
	if port := field("port"); port != "" {
		_ = one.Port.UnmarshalJSON([]byte(port)) // what is no number is no port
	}
	if tls := field("use_ssl"); tls != "" {
		_ = one.UseSSL.UnmarshalJSON([]byte(tls))
	}
	return one
}
