package ddosia

import (
	"bytes"
	"slices"
)

// kind is what an object of a list is, told by the first of its keys.
type kind uint8

const (
	frame  kind = iota // the list itself, or nothing known
	order              // an [Entry]
	random             // a [Random]
)

// The keys that a row may begin with. "type" is not among an order's, because the body inside an order begins with it.
var (
	orderKeys  = []string{"target_id", "request_id", "host", "ip", "method", "port", "use_ssl", "path", "body", "headers"}
	randomKeys = []string{"name", "id", "digit", "upper", "lower", "min", "max"}
)

// scanner finds the rows of a list in one pass over its bytes. It looks for objects that begin like a row and for their ends, and
// asks nothing of what lies between, so a damaged row costs only itself: the search goes on behind its first brace.
//
// It is linear in the length of the list: bytes that were searched in vain for the end of a row are paid from a budget.
type scanner struct {
	data   []byte
	limit  int // bytes of one row
	budget int // bytes that may yet be searched in vain

	found   bool                          // whether any row began
	row     func(k kind, raw []byte) bool // told of each row; false says that it is damaged
	skipped func(Reason, int)
}

func newScanner(data []byte, limit int) *scanner {
	return &scanner{data: data, limit: limit, budget: 4*len(data) + limit}
}

// run finds every row.
func (s *scanner) run() {
	last, whole := 0, false // where the gap before the next row begins, and whether it follows a row that was whole
	for at := s.next(0); at < len(s.data); at = s.next(last) {
		s.found = true
		s.gap(s.data[last:at], whole)
		var why ending
		if last, why = s.take(at); why == atEOF || why == outOfBudget {
			return
		}
		whole = why == fine
	}
	s.finish(s.data[last:], whole)
}

// finish judges what follows the last row, or the whole list when it has none.
func (s *scanner) finish(tail []byte, afterRow bool) {
	if end := bytes.TrimSpace(s.data); !bytes.HasSuffix(end, []byte("}")) && !bytes.HasSuffix(end, []byte("]")) {
		s.skipped(Truncated, 1)
		tail = tail[:max(0, bytes.LastIndexByte(tail, ','))] // an element cut off counts once
	}
	s.gap(tail, afterRow)
}

// next returns where the next row at or after from begins, the length of the list when there is none.
func (s *scanner) next(from int) int {
	for {
		open := bytes.IndexByte(s.data[from:], '{')
		if open < 0 {
			return len(s.data)
		}
		if from += open; kindAt(s.data[from:]) != frame {
			return from
		}
		from++
	}
}

// take hands the row at start on, or counts why not, and returns where to go on.
func (s *scanner) take(start int) (int, ending) {
	end, why := s.end(start)
	if why == fine && !s.row(kindAt(s.data[start:]), s.data[start:end]) {
		end, why = s.vain(end, start, broken)
	}
	switch {
	case why == fine:
		return end, fine
	case why == tooLong:
		s.skipped(TooLarge, 1)
		return end, fine
	case why == atEOF && !s.hasRow(start+1):
		s.skipped(Truncated, 1)
		return end, atEOF
	case why == outOfBudget:
		s.skipped(Damaged, 1)
		return end, outOfBudget
	}
	s.skipped(Damaged, 1)
	return start + 1, broken
}

// ending is how the search for the end of a row went.
type ending uint8

const (
	fine        ending = iota
	broken             // another row begins inside it
	atEOF              // the list ends first
	tooLong            // it is longer than the limit
	outOfBudget        // too much was searched in vain
)

// end returns the index behind the object that begins at start.
func (s *scanner) end(start int) (int, ending) {
	depth, quoted := 0, false
	for i := start; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '{' && i > start && isOrderStart(s.data[i:]):
			return s.vain(i, start, broken)
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth > 0 {
				continue
			}
			if i+1-start > s.limit {
				return i + 1, tooLong
			}
			return i + 1, fine
		}
	}
	return s.vain(len(s.data), start, atEOF)
}

// vain pays for a search that found no row.
func (s *scanner) vain(end, start int, why ending) (int, ending) {
	if s.budget -= end - start; s.budget < 0 {
		return end, outOfBudget
	}
	return end, why
}

// hasRow reports whether anything worth finding begins at or after from: an order, or the randoms.
func (s *scanner) hasRow(from int) bool {
	if bytes.Contains(s.data[from:], []byte(`"randoms"`)) {
		return true
	}
	for {
		open := bytes.IndexByte(s.data[from:], '{')
		if open < 0 {
			return false
		}
		if from += open; kindAt(s.data[from:]) == order {
			return true
		}
		from++
	}
}

// gap counts the elements between two rows that are no objects. Only what stands in a list counts: after a whole row, or behind an
// opening bracket.
func (s *scanner) gap(b []byte, afterRow bool) {
	head, rest, closed := bytes.Cut(b, []byte("]"))
	if open := bytes.LastIndexByte(head, '['); open >= 0 {
		head, afterRow = head[open+1:], true
	}
	if afterRow {
		s.skipped(NotOrder, elements(head))
	}
	if open := bytes.IndexByte(rest, '['); closed && open >= 0 {
		inside, _, _ := bytes.Cut(rest[open+1:], []byte("]"))
		s.skipped(NotOrder, elements(inside))
	}
}

func elements(b []byte) int {
	n := 0
	for part := range bytes.SplitSeq(b, []byte(",")) {
		if len(bytes.TrimSpace(part)) > 0 {
			n++
		}
	}
	return n
}

// kindAt says what kind of object begins at b, whose first byte is a brace.
func kindAt(b []byte) kind {
	key := firstKey(b)
	switch {
	case slices.Contains(orderKeys, string(key)):
		return order
	case slices.Contains(randomKeys, string(key)):
		return random
	}
	return frame
}

// isOrderStart reports whether an order certainly begins at b, even if a quotation mark is missing before it: inside a string the
// marks around a key would be escaped.
func isOrderStart(b []byte) bool {
	key := firstKey(b)
	return string(key) == "target_id" || string(key) == "request_id"
}

// firstKey returns the first key of the object that begins at b, nothing when there is none of at most maxKey bytes.
func firstKey(b []byte) []byte {
	const maxKey, maxSpace = 16, 64
	b = bytes.TrimLeft(b[1:min(len(b), maxKey+maxSpace)], " \t\r\n")
	if len(b) == 0 || b[0] != '"' {
		return nil
	}
	end := bytes.IndexByte(b[1:], '"')
	if end < 0 || end > maxKey {
		return nil
	}
	return b[1 : end+1]
}
