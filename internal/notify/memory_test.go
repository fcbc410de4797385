package notify_test

import (
	"testing"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/outboxtest"
)

func TestMemory(t *testing.T) {
	outboxtest.Run(t, func(*testing.T) notify.Outbox { return new(notify.Memory) })
}
