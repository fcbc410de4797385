package admit

import "strings"

// shape is what a path segment looks like; segments of one shape other than shapeWord are equal.
type shape uint8

const (
	shapeWord   shape = iota // told apart by its letters
	shapeNumber              // digits only
	shapeHex                 // 8 or more hex digits, at least one of them a digit; UUIDs
	shapeRandom              // letters and digits mixed without a separator, or very long
	shapeAny                 // any word: its parent has too many to tell apart
)

// shapeOf looks at one path segment, escaped as received.
func shapeOf(seg string) shape {
	var digits, hex, letters, others int
	for i := range len(seg) {
		switch c := seg[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			hex++
		case c|0x20 >= 'g' && c|0x20 <= 'z':
			letters++
		default:
			others++
		}
	}
	dashed := others > 0
	switch {
	case digits == len(seg) && digits > 0:
		return shapeNumber
	case letters == 0 && digits > 0 && digits+hex >= 8 && (!dashed || isUUID(seg)):
		return shapeHex
	case !dashed && digits > 0 && letters+hex > 0 && len(seg) >= 6, len(seg) > 64:
		return shapeRandom
	default:
		return shapeWord
	}
}

func isUUID(s string) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
}

// nextSegment cuts the first segment off a path; more is false when it was the last.
func nextSegment(path string) (seg, rest string, more bool) {
	path = strings.TrimPrefix(path, "/")
	i := strings.IndexByte(path, '/')
	if i < 0 {
		return path, "", false
	}
	return path[:i], path[i:], true
}

// nextQueryKey cuts the first key off a query; values are passed over.
func nextQueryKey(query string) (key, rest string) {
	pair, rest, _ := strings.Cut(query, "&")
	key, _, _ = strings.Cut(pair, "=")
	return key, rest
}

// mix combines two hashes (the finaliser of splitmix64).
func mix(h, v uint64) uint64 {
	h = (h ^ v) + 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
