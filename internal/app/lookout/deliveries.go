package lookout

import (
	"context"

	"github.com/seawall-project/seawall/internal/notify"
)

// Deliveries is the operation that shows what became of the latest messages to people, the newest first.
var Deliveries = Op[struct{}, []notify.Delivery]{Name: "deliveries", Do: (*Desk).deliveries}

// deliveriesMost is how many of the latest deliveries are shown.
const deliveriesMost = 50

func (d *Desk) deliveries(ctx context.Context, _ struct{}) ([]notify.Delivery, error) {
	return notify.Deliveries(ctx, d.Notices, deliveriesMost)
}
