package call_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/notify/notifytest"
)

// TestRetryAfter: a service that is busy says when to come back, and one that says nonsense says nothing.
func TestRetryAfter(t *testing.T) {
	web := notifytest.NewWeb(t)
	soon := time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat)
	for _, tt := range []struct {
		status   int
		field    string
		min, max time.Duration
	}{
		{429, "120", 2 * time.Minute, 2 * time.Minute},
		{503, "7", 7 * time.Second, 7 * time.Second},
		{503, soon, 60 * time.Second, 91 * time.Second},
		{503, "Thu, 01 Jan 1970 00:00:00 GMT", 0, 0},
		{429, "-5", 0, 0},
		{429, "0", 0, 0},
		{429, "99999999999999999999", 0, 0},
		{429, "soon", 0, 0},
		{429, "", 0, 0},
		{500, "120", 0, 0},
		{400, "120", 0, 0},
	} {
		web.Set(notifytest.Answer{Status: tt.status, RetryAfter: tt.field})
		c := web.Caller(t).Begin(t.Context())
		get(c, web.URL())
		_, err := c.Result()
		var says interface{ RetryAfter() time.Duration }
		var got time.Duration
		if errors.As(err, &says) {
			got = says.RetryAfter()
		}
		if err == nil || got < tt.min || got > tt.max {
			t.Errorf("%d with %q: got %v, %v; want %v to %v", tt.status, tt.field, got, err, tt.min, tt.max)
		}
	}
}
