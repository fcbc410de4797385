package probe

import (
	"net/http"
	"testing"
	"time"
)

func TestLead(t *testing.T) {
	for _, tt := range []struct {
		date, age string
		want      time.Duration
	}{
		{"Mon, 17 Nov 2025 12:00:00 GMT", "", -500 * time.Millisecond},
		{"Mon, 17 Nov 2025 11:57:00 GMT", "", 3*time.Minute - 500*time.Millisecond},
		{"Mon, 17 Nov 2025 11:57:00 GMT", "180", -500 * time.Millisecond},
		{"Mon, 17 Nov 2025 11:57:00 GMT", "-180", 3*time.Minute - 500*time.Millisecond},
		{"yesterday", "", 0},
		{"", "180", 0},
	} {
		h := http.Header{"Date": {tt.date}, "Age": {tt.age}}
		if got := lead(h, time.Date(2025, 11, 17, 12, 0, 0, 0, time.UTC)); got != tt.want {
			t.Errorf("Date %q, Age %q: ahead by %v, want %v", tt.date, tt.age, got, tt.want)
		}
	}
}
