package intel

import "testing"

func TestLookAlike(t *testing.T) {
	tests := []struct {
		site, listed string
		want         bool
	}{
		{"www.party.example", "party.exampl", true},                // a letter is missing
		{"party.example", "partyy.example", true},                  // one too many
		{"party.example", "www.porty.example", true},               // another
		{"party.example", "pratt.example", false},                  // two others
		{"party.example", "party.example", false},                  // it is the name itself
		{"party.example", "www.party.example", false},              // and so is this
		{"a.dk", "b.dk", false},                                    // too short to say
		{"party.example", "xn--prty-53d.example", true},            // pаrty: a Cyrillic а in the middle of Latin letters
		{"copaco.example", "xn--80a1abgdd.example", true},          // сорасо: all Cyrillic
		{"copaco.example", "xn--b1agh1afp.example", false},         // another Cyrillic word
		{"xn--rdovre-bya.example", "rodovre.example", true},        // rødovre, typed without its letter
		{"xn--rdovre-bya.example", "xn--rdovre-wxa.example", true}, // rödovre
		{"party.example", "xn--.example", false},                   // what cannot be read
		{"party.example", "xn--party.example", false},
	}
	for _, tt := range tests {
		for _, x := range [][2]string{{tt.site, tt.listed}, {tt.listed, tt.site}} {
			if got := lookAlike(x[0], x[1]); got != tt.want {
				t.Errorf("%s (%s), %s (%s): got %v", x[0], readable(x[0]), x[1], readable(x[1]), got)
			}
		}
	}
}
