"""Messages as the venue's documentation shows them (upbit.md 1.4 to 1.10)."""

from typing import Final

from sigma_cli.venues.upbit.wire import account, market, orders
from tests.venues.upbit.messages import Kind

CHANCE: Final = (
    b'{"bid_fee":"0.0005","ask_fee":"0.0005","maker_bid_fee":"0.0005","maker_ask_fee":"0.0005",'
    b'"market":{"id":"KRW-BTC","name":"BTC/KRW","order_types":["limit"],'
    b'"order_sides":["ask","bid"],'
    b'"bid_types":["best_fok","best_ioc","limit","limit_fok","limit_ioc","price"],'
    b'"ask_types":["best_fok","best_ioc","limit","limit_fok","limit_ioc","market"],'
    b'"bid":{"currency":"KRW","min_total":"5000"},"ask":{"currency":"BTC","min_total":"5000"},'
    b'"max_total":"1000000000","state":"active"},'
    b'"bid_account":{"currency":"KRW","balance":"10000","locked":"0","avg_buy_price":"0",'
    b'"avg_buy_price_modified":true,"unit_currency":"KRW"},'
    b'"ask_account":{"currency":"BTC","balance":"0.001","locked":"0",'
    b'"avg_buy_price":"140000000","avg_buy_price_modified":false,"unit_currency":"KRW"}}'
)
ANSWERS: Final[list[tuple[Kind, bytes]]] = [
    (
        market.Market,
        '{"market":"KRW-BTC","korean_name":"비트코인","english_name":"Bitcoin",'
        '"market_event":{"warning":false,"caution":{"PRICE_FLUCTUATIONS":false,'
        '"TRADING_VOLUME_SOARING":false,"DEPOSIT_AMOUNT_SOARING":false,'
        '"GLOBAL_PRICE_DIFFERENCES":false,"CONCENTRATION_OF_SMALL_ACCOUNTS":false}}}'.encode(),
    ),
    (
        market.Candle,
        b'{"market":"KRW-BTC","candle_date_time_utc":"2026-01-02T03:04:00",'
        b'"candle_date_time_kst":"2026-01-02T12:04:00","opening_price":109715000.0,'
        b'"high_price":109756000.0,"low_price":109714000.0,"trade_price":109756000.0,'
        b'"timestamp":1767323099833,"candle_acc_trade_price":78269528.64757,'
        b'"candle_acc_trade_volume":0.71326612,"unit":1}',
    ),
    (
        market.TickTrade,
        b'{"market":"KRW-BTC","trade_date_utc":"2026-01-02","trade_time_utc":"03:04:05",'
        b'"timestamp":1767323045123,"trade_price":109756000.0,"trade_volume":0.00509799,'
        b'"prev_closing_price":109165000.0,"change_price":-591000.0,"ask_bid":"ASK",'
        b'"sequential_id":17673230451230000}',
    ),
    (
        market.BookSnapshot,
        b'{"market":"KRW-BTC","timestamp":1767323045123,"total_ask_size":10.37,'
        b'"total_bid_size":9.49,"orderbook_units":[{"ask_price":109757000.0,'
        b'"bid_price":109756000.0,"ask_size":0.013,"bid_size":1.16539E8}],"level":0}',
    ),
    (
        market.BookInstrument,
        b'{"market":"KRW-BTC","quote_currency":"KRW","tick_size":"1000",'
        b'"supported_levels":["0","10000","100000","1000000","10000000","100000000"]}',
    ),
    (
        account.Balance,
        b'{"currency":"KRW","balance":"1000000.0","locked":"0.0","avg_buy_price":"0",'
        b'"avg_buy_price_modified":true,"unit_currency":"KRW"}',
    ),
    (account.Chance, CHANCE),
    (account.ApiKey, b'{"access_key":"ak","expire_at":"2027-01-01T00:00:00+09:00"}'),
    (
        account.WalletStatus,
        b'{"currency":"BTC","wallet_state":"working","block_state":null,"block_height":123,'
        b'"block_updated_at":"2026-01-01T00:00:00+00:00","block_elapsed_minutes":null,'
        b'"net_type":"BTC","network_name":"Bitcoin"}',
    ),
    (
        orders.Order,
        b'{"market":"KRW-BTC","uuid":"5d303952-8be9-41e6-915b-121a90026248","side":"bid",'
        b'"ord_type":"limit","price":"155772000","state":"wait",'
        b'"created_at":"2026-01-02T16:52:49+09:00","volume":"0.0001",'
        b'"remaining_volume":"0.0001","executed_volume":"0","reserved_fee":"7.7886",'
        b'"remaining_fee":"7.7886","paid_fee":"0","locked":"15584.9886",'
        b'"prevented_volume":"0","prevented_locked":"0","trades_count":0,'
        b'"identifier":"my-1","time_in_force":"ioc","smp_type":"reduce","trades":[]}',
    ),
    (
        orders.Execution,
        b'{"market":"KRW-BTC","uuid":"u","price":"160594000","volume":"0.00003736",'
        b'"funds":"5999.79184","trend":"up",'
        b'"created_at":"2026-01-02T16:52:11.176073+09:00","side":"bid"}',
    ),
    (
        orders.BatchResult,
        b'{"success":{"count":1,"orders":[{"uuid":"u","market":"KRW-BTC","identifier":"i"}]},'
        b'"failed":{"count":0,"orders":[]}}',
    ),
]
"""Each is written again as it stands here."""

FRAMES: Final = [
    b'{"type":"trade","code":"KRW-BTC","timestamp":1787728554853,"trade_date":"2026-08-26",'
    b'"trade_time":"07:15:54","trade_timestamp":1787728554797,"trade_price":109847000.0,'
    b'"trade_volume":0.00509799,"ask_bid":"ASK","prev_closing_price":109165000.0,'
    b'"change":"RISE","change_price":682000.0,"sequential_id":17877285547970000,'
    b'"best_ask_price":109867000,"best_ask_size":0.0099545,"best_bid_price":109847000,'
    b'"best_bid_size":0.1583673,"stream_type":"REALTIME"}',
    b'{"ty":"orderbook","cd":"KRW-BTC","tms":1787727947526,"tas":18.9,"tbs":11.4,'
    b'"obu":[{"ap":109950000.0,"bp":109940000.0,"as":0.0034,"bs":0.188}],"lv":0,'
    b'"st":"SNAPSHOT"}',
    b'{"type":"myOrder","code":"KRW-BTC","uuid":"u-1","ask_bid":"BID","order_type":"limit",'
    b'"state":"trade","trade_uuid":"t-1","price":109847000.0,"avg_price":109847000.0,'
    b'"volume":0.001,"remaining_volume":0.0,"executed_volume":0.001,"trades_count":1,'
    b'"reserved_fee":54.9235,"remaining_fee":0.0,"paid_fee":54.9235,"locked":0.0,'
    b'"executed_funds":109847.0,"time_in_force":null,"trade_fee":54.9235,"is_maker":true,'
    b'"identifier":"my-1","smp_type":null,"prevented_volume":0.0,"prevented_locked":0.0,'
    b'"trade_timestamp":1787728554797,"order_timestamp":1787728554000,'
    b'"timestamp":1787728554853,"stream_type":"REALTIME"}',
    b'{"type":"myAsset","asset_uuid":"a-1","assets":[{"currency":"KRW","balance":890153.0,'
    b'"locked":0.0}],"asset_timestamp":1787728554797,"timestamp":1787728554853,'
    b'"stream_type":"REALTIME"}',
    b'{"method":"LIST_SUBSCRIPTIONS","result":[{"type":"ticker","codes":["KRW-BTC"]},'
    b'{"type":"orderbook","codes":["KRW-ETH"],"level":0}],"ticket":"t"}',
    b'{"status":"UP"}',
    b'{"error":{"name":"INVALID_AUTH","message":"..."}}',
]
"""Each is written again as it stands here, or with the same names in another order."""
