import type { Migration } from './migration.ts'

/**
 * Tells every server process when something changes about a coupon that is sold out: by a release, the end of a hold, an
 * edit, a deletion. A claim never does: a sold-out coupon has nothing to take. Sent at COMMIT, on the channel
 * `coupon_stock`, with the coupon's name; server/claims/sold-out.ts listens.
 */
export const stockNotice: Migration = {
  name: '0010_stock_notice',
  up: `
    CREATE FUNCTION notify_coupon_stock()
    RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      PERFORM pg_notify('coupon_stock', OLD.name);
      RETURN NULL;
    END
    $$;

    CREATE TRIGGER coupons_stock_notice AFTER UPDATE ON coupons
      FOR EACH ROW WHEN (OLD.remaining_amount = 0)
      EXECUTE FUNCTION notify_coupon_stock();
  `,
  down: `
    DROP TRIGGER coupons_stock_notice ON coupons;
    DROP FUNCTION notify_coupon_stock();
  `,
}
