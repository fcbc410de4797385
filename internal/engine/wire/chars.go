package wire

// Classes of bytes, as bits of class.
const (
	tokenChar  = 1 << iota // RFC 9110, section 5.6.2
	valueChar              // of a field's value: visible, blank, and what is not ASCII (RFC 9110, section 5.5)
	targetChar             // of a request target as clients send it: visible, and what is not ASCII
	hostChar               // of a host with port (RFC 3986, section 3.2)
)

var class = classes()

func classes() (c [256]uint8) {
	mark := func(chars string, bit uint8) {
		for i := range len(chars) {
			c[chars[i]] |= bit
		}
	}
	const alnum = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	mark(alnum+"!#$%&'*+-.^_`|~", tokenChar)
	mark(alnum+"-._~!$&'()*+,;=:[]%", hostChar)
	for b := range 256 {
		switch {
		case b == '\t' || b == ' ':
			c[b] |= valueChar
		case b > ' ' && b != 0x7f:
			c[b] |= valueChar | targetChar
		}
	}
	c['#'] &^= targetChar // a fragment stays with the client (RFC 9112, section 3.2)
	return c
}

// all reports whether every byte of s is of a class.
func all(s string, bit uint8) bool {
	for i := range len(s) {
		if class[s[i]]&bit == 0 {
			return false
		}
	}
	return true
}

func token(s string) bool { return s != "" && all(s, tokenChar) }

// trimBlanks cuts spaces and tabs off both ends (OWS, RFC 9110, section 5.6.3).
func trimBlanks(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}
