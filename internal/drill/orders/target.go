package orders

import "strings"

// Target returns path, as some hand entered it into a list, as a target in origin form (RFC 9112, section 3.2.1): of a URL only
// path and query, without fragment and white space around it, with one leading slash, and percent-encoded where RFC 3986, section
// 3.3 and 3.4, asks for it. A percent sign that begins no escape is encoded itself. The empty path is "/".
func Target(path string) string {
	path = cutOrigin(strings.TrimSpace(path))
	path, _, _ = strings.Cut(path, "#")
	path, query, hasQuery := strings.Cut(path, "?")
	var b strings.Builder
	b.WriteByte('/')
	encode(&b, strings.TrimLeft(path, "/"), ":@/")
	if hasQuery {
		b.WriteByte('?')
		encode(&b, query, ":@/?")
	}
	return b.String()
}

// cutOrigin removes scheme and authority of an absolute URL.
func cutOrigin(s string) string {
	for _, scheme := range []string{"http://", "https://"} {
		if len(s) >= len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			s = s[len(scheme):]
			return s[indexAnyOrEnd(s, "/?#"):]
		}
	}
	return s
}

func indexAnyOrEnd(s, chars string) int {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return i
	}
	return len(s)
}

// encode writes s with every byte escaped that is neither unreserved, a sub-delimiter, in also, nor part of an escape.
func encode(b *strings.Builder, s, also string) {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		if isAlnum(c) || strings.IndexByte("-._~!$&'()*+,;=", c) >= 0 || strings.IndexByte(also, c) >= 0 || c == '%' && isEscape(s[i:]) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
}

func isEscape(s string) bool {
	return len(s) >= 3 && s[0] == '%' && isHex(s[1]) && isHex(s[2])
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
