package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/lookout"
)

// Limits of a file of sites.
const (
	importBytes   = 16 << 20
	importAtATime = 50 // sites asked for at once
)

// importColumns are the columns that a file may have, in any order; url is needed.
var importColumns = []string{"url", "name", "owner", "sector", "country", "groups", "contacts", "public"}

func newWatchImport() *cobra.Command {
	cmd := &cobra.Command{
		Use: "import FILE.csv", Short: "Watch the sites of a CSV file", Args: cobra.ExactArgs(1),
		Long: "Watches the sites of a CSV file whose first line names its columns: " + strings.Join(importColumns, ",") + ". Only url is needed; groups\n" +
			"and contacts are separated by spaces or semicolons, public is yes or no. Sites that are watched already are merged, and each line that\n" +
			"is wrong is named; the others are taken up. Exits 1 when a line was wrong. \"-\" reads standard input.",
	}
	wrongLines := 0
	cmd = newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) (lookout.Added, error) {
		sum := lookout.Added{Wrong: []lookout.WrongEntry{}}
		data, err := readImport(args[0])
		if err != nil {
			return sum, &exitError{exitUsage, err}
		}
		specs, wrong, err := readSites(data)
		if err != nil {
			return sum, &exitError{exitUsage, fmt.Errorf("%s: %w", args[0], err)}
		}
		sum.Wrong = append(sum.Wrong, wrong...)
		for part := range slices.Chunk(specs, importAtATime) {
			got, err := lookout.Add.Ask(ctx, way, part)
			if err != nil {
				return sum, err
			}
			sum.Added, sum.Merged, sum.Wrong = sum.Added+got.Added, sum.Merged+got.Merged, append(sum.Wrong, got.Wrong...)
		}
		slices.SortStableFunc(sum.Wrong, func(a, b lookout.WrongEntry) int { return a.Line - b.Line })
		wrongLines = len(sum.Wrong)
		return sum, nil
	}, sayAdded)
	printed := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := printed(cmd, args); err != nil || wrongLines == 0 {
			return err
		}
		return &exitError{exitShort, nil}
	}
	return cmd
}

func readImport(path string) ([]byte, error) {
	in := io.Reader(os.Stdin)
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, importBytes+1))
	if err == nil && len(data) > importBytes {
		err = fmt.Errorf("%s is longer than %d MiB", path, importBytes>>20)
	}
	return data, err
}

// readSites reads a file of sites. Lines that cannot be read are named and left out; the error is for a file that is none.
func readSites(data []byte) (specs []lookout.Spec, wrong []lookout.WrongEntry, err error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	r := csv.NewReader(bufio.NewReader(bytes.NewReader(data)))
	r.FieldsPerRecord, r.TrimLeadingSpace, r.Comma = -1, true, separator(data)
	head, err := r.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("read the first line: %w", err)
	}
	columns, err := columnsOf(head)
	if err != nil {
		return nil, nil, err
	}
	for {
		record, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return specs, wrong, nil
		case err != nil:
			line := 0
			if p, ok := errors.AsType[*csv.ParseError](err); ok {
				line = p.StartLine
			}
			wrong = append(wrong, lookout.WrongEntry{Line: line, Why: err.Error()})
			continue
		}
		line, _ := r.FieldPos(0)
		spec, why := specOf(columns, record)
		if spec.Line = line; why != "" {
			wrong = append(wrong, lookout.WrongEntry{Line: line, URL: spec.URL, Why: why})
			continue
		}
		specs = append(specs, spec)
	}
}

// separator returns what separates the columns: a semicolon where the first line has more of them than commas, as spreadsheets write in much
// of Europe.
func separator(data []byte) rune {
	first, _, _ := bytes.Cut(data, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		return ';'
	}
	return ','
}

func columnsOf(head []string) ([]string, error) {
	var columns []string
	for _, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case !slices.Contains(importColumns, name):
			return nil, fmt.Errorf("no column is called %q: they are %s", name, strings.Join(importColumns, ", "))
		case slices.Contains(columns, name):
			return nil, fmt.Errorf("two columns are called %q", name)
		}
		columns = append(columns, name)
	}
	if !slices.Contains(columns, "url") {
		return nil, errors.New("no column is called \"url\"")
	}
	return columns, nil
}

func specOf(columns, record []string) (spec lookout.Spec, why string) {
	if len(record) > len(columns) {
		why = fmt.Sprintf("%d fields, and %d columns", len(record), len(columns))
	}
	for i, value := range record[:min(len(record), len(columns))] {
		value = strings.TrimSpace(value)
		switch columns[i] {
		case "url":
			spec.URL = value
		case "name":
			spec.Name = value
		case "owner":
			spec.Owner = value
		case "sector":
			spec.Sector = value
		case "country":
			spec.Country = value
		case "groups":
			spec.Groups = words(value)
		case "contacts":
			spec.Contacts = words(value)
		case "public":
			var ok bool
			if spec.Public, ok = yesOrNo(value); !ok && why == "" {
				why = fmt.Sprintf("public: %q is neither yes nor no", value)
			}
		}
	}
	return spec, why
}

func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ';' || r == ',' })
}

func yesOrNo(s string) (yes, ok bool) {
	switch strings.ToLower(s) {
	case "yes", "true", "1", "ja":
		return true, true
	case "", "no", "false", "0", "nej":
		return false, true
	}
	return false, false
}
