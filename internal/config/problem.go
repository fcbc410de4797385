package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Problem is one thing that is wrong with a configuration, for the person who wrote it.
type Problem struct {
	File         string // as given to [Read] or [Parse]; "" for flags
	Line, Column int    // where the key or list item begins, from 1, columns in characters; 0 for flags and for a file as a whole
	Path         string // such as "sites[0].origin", or a flag such as "--origin"; "" when the text is not YAML
	Message      string // what is wrong, a clause whose subject may be the path
	Remedy       string // what to do about it, an imperative; may be empty
}

// String returns the problem on one line, "seawall.yaml:3:5: sites[0].origin: message (remedy)", without the parts it lacks.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		if p.File != "" {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%d:%d", p.Line, p.Column)
	}
	for _, part := range []string{p.Path, p.Message} {
		if part == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(part)
	}
	if p.Remedy != "" {
		fmt.Fprintf(&b, " (%s)", p.Remedy)
	}
	return b.String()
}

// Problems is everything that is wrong with a configuration. As an error from this package it is never empty and is sorted by
// position.
type Problems []Problem

// Error returns one line per problem, sorted by position.
func (ps Problems) Error() string {
	var lines []string
	for _, p := range ps.sorted() {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

func (ps Problems) sorted() Problems {
	return slices.SortedStableFunc(slices.Values(ps), func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// Problem returns a problem that was found after decoding, such as a port in use, with the place of the key at path; when the
// file does not name that key, with the place of its nearest parent that it does name. For a configuration from flags the path
// becomes the flag.
func (c *Config) Problem(path, message, remedy string) Problem {
	return c.source.problem(path, message, remedy)
}

// place is where something was configured: in a file or by a flag.
type place struct {
	line, column int
	flag         string
}

// source knows the place of every path that was given.
type source struct {
	file string
	at   map[string]place
}

func (s source) problem(path, message, remedy string) Problem {
	return problemAt(s.file, s.nearest(path), path, message, remedy)
}

func problemAt(file string, at place, path, message, remedy string) Problem {
	if at.flag != "" {
		path = at.flag
	}
	return Problem{File: file, Line: at.line, Column: at.column, Path: path, Message: oneLine(message), Remedy: oneLine(remedy)}
}

func (s source) nearest(path string) place {
	for {
		if at, ok := s.at[path]; ok || path == "" {
			return at
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}

// report collects problems.
type report struct {
	source   source
	problems Problems
}

func (r *report) add(path string, f fault) {
	r.problems = append(r.problems, r.source.problem(path, f.message, f.remedy))
}

func (r *report) addAt(at place, path string, f fault) {
	r.problems = append(r.problems, problemAt(r.source.file, at, path, f.message, f.remedy))
}

// err returns what was collected as an error, nil for nothing.
func (r *report) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	return r.problems.sorted()
}

// fault is a problem before it has a place.
type fault struct{ message, remedy string }

// oneLine returns s with everything that does not print as its Go escape, so that no file can speak to a terminal.
func oneLine(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
	}
	return b.String()
}

// quote returns s for a message: quoted, on one line and not too long.
func quote(s string) string {
	const most = 60 // characters
	if runes := []rune(s[:min(len(s), 4*most+1)]); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
