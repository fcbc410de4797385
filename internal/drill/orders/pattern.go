package orders

import (
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/seawall-project/seawall/internal/intel/ddosia"
)

// token stands for min to max characters of a class; min is at least 1.
type token struct {
	class    class
	min, max int
}

// class is a set of characters.
type class uint8

const (
	digit class = 1 << iota
	upper
	lower
	alnum = digit | upper | lower
)

const (
	digits = "0123456789"
	uppers = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lowers = "abcdefghijklmnopqrstuvwxyz"
)

// maxTokenChars bounds what one token becomes; the longest in public lists has 540.
const maxTokenChars = 1000

// unknown is what a token becomes that the list says nothing of: the commonest one in public lists.
var unknown = token{class: alnum, min: 6, max: 12}

// has reports whether c is in the class.
func (k class) has(c byte) bool {
	switch {
	case c >= '0' && c <= '9':
		return k&digit != 0
	case c >= 'A' && c <= 'Z':
		return k&upper != 0
	case c >= 'a' && c <= 'z':
		return k&lower != 0
	}
	return false
}

// chars returns the characters of the class.
func (k class) chars() string { return classChars[k] }

var classChars = [alnum + 1]string{
	digit: digits, upper: uppers, lower: lowers,
	digit | upper: digits + uppers, digit | lower: digits + lowers, upper | lower: uppers + lowers,
	alnum: digits + uppers + lowers,
}

// tokens are what a list's tokens stand for: $_N is the random whose id is N, else the Nth from 0.
type tokens struct {
	nth  []token
	byID map[string]token
}

func newTokens(randoms []ddosia.Random) tokens {
	t := tokens{byID: make(map[string]token, len(randoms))}
	for _, r := range randoms {
		one := tokenOf(r)
		t.nth = append(t.nth, one)
		t.byID[r.ID] = one
	}
	return t
}

func tokenOf(r ddosia.Random) token {
	t := token{min: min(max(r.Min, 1), maxTokenChars), max: min(max(r.Max, 1), maxTokenChars)}
	t.min, t.max = min(t.min, t.max), max(t.min, t.max)
	for _, one := range []struct {
		set   bool
		class class
	}{{r.Digit, digit}, {r.Upper, upper}, {r.Lower, lower}} {
		if one.set {
			t.class |= one.class
		}
	}
	if t.class == 0 {
		t.class = alnum
	}
	return t
}

// at returns the token that s begins with and the length of its name. The longest number that the list knows counts, since "$_20"
// in a list of twenty randoms is the token $_2 before a zero; a number that it knows no part of counts whole.
func (t tokens) at(s string) (token, int, bool) {
	const maxDigits = 4
	if len(s) < 3 || s[0] != '$' || s[1] != '_' && s[1] != '-' {
		return token{}, 0, false
	}
	end := 2
	for end < len(s) && end < 2+maxDigits && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	if end == 2 {
		return token{}, 0, false
	}
	for n := end; n > 2; n-- {
		if known, ok := t.named(s[2:n]); ok {
			return known, n, true
		}
	}
	return unknown, end, true
}

func (t tokens) named(number string) (token, bool) {
	if known, ok := t.byID[number]; ok {
		return known, true
	}
	n, err := strconv.Atoi(number)
	if err != nil || n >= len(t.nth) || number != strconv.Itoa(n) {
		return token{}, false
	}
	return t.nth[n], true
}

// pattern is a text with tokens in it: literals and tokens by turns, one literal more than tokens. The zero value is the empty text.
type pattern struct {
	literals []string
	tokens   []token
}

// pattern reads s as far as limit bytes suffice for the longest text it can become.
func (t tokens) pattern(s string, limit int) pattern {
	var p pattern
	start := 0
	for i := 0; i < len(s); {
		one, n, ok := t.at(s[i:])
		if !ok {
			i++
			continue
		}
		if i-start+one.max > limit {
			break
		}
		limit -= i - start + one.max
		p.literals = append(p.literals, s[start:i])
		p.tokens = append(p.tokens, one)
		i += n
		start = i
	}
	p.literals = append(p.literals, s[start:min(len(s), start+limit)])
	return p
}

func (p *pattern) tokenised() bool { return len(p.tokens) > 0 }

// trimEscape removes the beginning of an escape that the limit cut in two.
func (p *pattern) trimEscape() {
	last := &p.literals[len(p.literals)-1]
	if i := strings.LastIndexByte(*last, '%'); i >= 0 && i > len(*last)-3 {
		*last = (*last)[:i]
	}
}

// fill returns the text with every token replaced by characters drawn from rng.
func (p *pattern) fill(rng *rand.Rand) string {
	if len(p.tokens) == 0 {
		return strings.Join(p.literals, "")
	}
	var b strings.Builder
	for i, t := range p.tokens {
		b.WriteString(p.literals[i])
		chars := t.class.chars()
		for range t.min + rng.IntN(t.max-t.min+1) {
			b.WriteByte(chars[rng.IntN(len(chars))])
		}
	}
	b.WriteString(p.literals[len(p.tokens)])
	return b.String()
}
