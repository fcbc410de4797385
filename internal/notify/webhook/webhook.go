package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/call"
)

// Webhook is a [notify.Notifier] that posts JSON.
type Webhook struct {
	config Config
	caller *call.Caller
	now    func() time.Time // of the signature; nil means time.Now
}

// Notify implements [notify.Notifier].
func (w *Webhook) Notify(ctx context.Context, n notify.Notice) (retry bool, err error) {
	body, err := json.Marshal(payload(&n, w.config.ExternalURL))
	if err != nil {
		return false, errors.New("the message cannot be written as JSON")
	}
	c := w.caller.Begin(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.config.URL.Reveal(), bytes.NewReader(body))
	if err != nil {
		return false, errors.New("the URL cannot be asked")
	}
	w.head(req.Header, n.ID, body)
	resp, err := c.Client().Do(req)
	if err == nil {
		_ = resp.Body.Close() // what it says is not read
	}
	return c.Result()
}

// head sets the request's fields. The id stays the same at every try, so that the other side can tell a duplicate.
func (w *Webhook) head(h http.Header, id string, body []byte) {
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "seawall-notify")
	h.Set("Webhook-Id", id)
	if !w.config.Token.IsZero() {
		h.Set("Authorization", "Bearer "+w.config.Token.Reveal())
	}
	if w.config.Key.IsZero() {
		return
	}
	now := time.Now
	if w.now != nil {
		now = w.now
	}
	stamp := strconv.FormatInt(now().Unix(), 10)
	h.Set("Webhook-Timestamp", stamp)
	h.Set("Webhook-Signature", "v1,"+Sign(w.config.Key, id, stamp, body))
}

// Sign returns the signature of a body: HMAC-SHA256 over id, timestamp and body with full stops between them, in base64.
func Sign(key notify.Secret, id, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
