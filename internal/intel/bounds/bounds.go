// Package bounds says, before a byte of a JSON document is decoded, whether decoding it would take more than it may: what is small on the wire can be
// large in memory.
package bounds

import "errors"

// Errors of documents. Neither holds a byte of them.
var (
	ErrDeep = errors.New("its brackets nest too deep")
	ErrMany = errors.New("it has too many values")
)

// JSON looks at a document in one pass and takes no memory. It returns [ErrDeep] when brackets nest deeper than depth, and [ErrMany] when there are
// more than values objects, lists and members of such. Whether the document is well-formed is the decoder's question.
func JSON(data []byte, depth, values int) error {
	level, count, inString, escaped := 0, 0, false, false
	for _, c := range data {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped = c == '\\'
			inString = c != '"'
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			if level++; level > depth {
				return ErrDeep
			}
			count++
		case c == '}' || c == ']':
			level--
		case c == ',':
			count++
		}
		if count > values {
			return ErrMany
		}
	}
	return nil
}
