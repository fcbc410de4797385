package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of what is handed to the YAML parser, which recurses and whose time grows with products of these.
const (
	maxTokens = 50_000
	maxScalar = 4096 // bytes of one key or value
	maxNest   = 16   // brackets, or dashes on one line, inside one another
)

// parse turns data into nodes and notes the place of every path. It returns nil when there is nothing to decode, which it has
// then reported.
func parse(r *report, data []byte) *node {
	if at, f := readable(data); f != nil {
		r.addAt(at, "", *f)
		return nil
	}
	tokens := lexer.Tokenize(string(bytes.TrimPrefix(data, []byte("\ufeff"))))
	if at, f := bounded(tokens); f != nil {
		r.addAt(at, "", *f)
		return nil
	}
	file, err := parseTokens(tokens)
	if err != nil {
		r.addSyntax(err)
		return nil
	}
	return document(r, file)
}

func readable(data []byte) (place, *fault) {
	if len(data) > MaxBytes {
		return place{}, &fault{fmt.Sprintf("is longer than %d bytes", MaxBytes), "shorten the file"}
	}
	if utf8.Valid(data) {
		return place{}, nil
	}
	good := validPrefix(data)
	line := good[bytes.LastIndexByte(good, '\n')+1:]
	at := place{line: bytes.Count(good, []byte("\n")) + 1, column: utf8.RuneCount(line) + 1}
	return at, &fault{"is not UTF-8 here", "save the file as UTF-8"}
}

// validPrefix returns what precedes the first byte that is not UTF-8.
func validPrefix(data []byte) []byte {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return data[:i]
		}
		i += n
	}
	return data
}

func bounded(tokens token.Tokens) (place, *fault) {
	if len(tokens) > maxTokens {
		return placeOf(tokens[maxTokens]), &fault{fmt.Sprintf("holds more than %d words and signs", maxTokens), "shorten the file"}
	}
	brackets, dashes := 0, 0
	for _, t := range tokens {
		dashes++
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		}
		if t.Type != token.SequenceEntryType {
			dashes = 0
		}
		if t.Type != token.CommentType && len(t.Value) > maxScalar {
			return placeOf(t), &fault{fmt.Sprintf("a text longer than %d bytes begins here", maxScalar), "shorten it"}
		}
		if brackets > maxNest || dashes > maxNest {
			return placeOf(t), &fault{"is nested too deeply", "remove the superfluous brackets or dashes"}
		}
	}
	return place{}, nil
}

// parseTokens keeps a fault of the parser from becoming ours: the bytes are foreign, and so is the parser.
func parseTokens(tokens token.Tokens) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			file, err = nil, fmt.Errorf("parse yaml: %v", p)
		}
	}()
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey()) // duplicates are reported by convert, all of them
}

func (r *report) addSyntax(err error) {
	at, message := place{line: 1, column: 1}, "the file could not be understood"
	if e, ok := errors.AsType[yaml.Error](err); ok {
		at, message = placeOf(e.GetToken()), e.GetMessage()
	}
	r.addAt(at, "", fault{"syntax: " + message, syntaxRemedy(message)})
}

func syntaxRemedy(message string) string {
	switch {
	case strings.Contains(message, "\t"):
		return "indent with spaces"
	case strings.Contains(message, "mapping value is not allowed"):
		return `put a text that holds ": " in quotes`
	case strings.Contains(message, "reserved character"):
		return "put the text in quotes"
	}
	return "check indentation, quotes and brackets here and just above"
}

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{}
	}
	return place{line: max(1, t.Position.Line), column: max(1, t.Position.Column)}
}

// document returns the one document of a file; an empty mapping when the file holds nothing.
func document(r *report, file *ast.File) *node {
	var bodies []ast.Node
	for _, d := range file.Docs {
		switch body := d.Body.(type) {
		case nil:
		case *ast.DirectiveNode:
			r.addAt(startOf(body), "", fault{"directives are not supported", "remove the line"})
		default:
			bodies = append(bodies, body)
		}
	}
	r.source.at[""] = place{line: 1, column: 1}
	if len(bodies) == 0 {
		return &node{kind: object}
	}
	if len(bodies) > 1 {
		r.addAt(startOf(bodies[1]), "", fault{"a second document begins here", `remove it and the line "---" above`})
	}
	r.source.at[""] = startOf(bodies[0])
	return convert(r, bodies[0], "")
}
