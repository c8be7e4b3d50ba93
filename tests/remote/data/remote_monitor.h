#pragma once

#include "remote/remote_case.h"

// What Keras 3.15.1 on TensorFlow 2.21.0 gives. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_callbacks.py

namespace keratin::test {

inline const std::vector<RemoteCase> keras_remote = {
    {"",
     {},
     0,
     {{"accuracy", 1.0}, {"loss", 0.5}, {"val_loss", 1e-07}},
     "/publish/epoch/end/",
     "application/x-www-form-urlencoded",
     "",
     "data=%7B%22epoch%22%3A+0%2C+%22accuracy%22%3A+1.0%2C+%22loss%22%3A+0.5%2C+%22val_loss%22%3A+1e-07%7D"},
    {"",
     {.send_as_json = true},
     12,
     {{"accuracy", 1.0}, {"loss", 0.5}, {"val_loss", 12345678.9}},
     "/publish/epoch/end/",
     "application/json",
     "",
     "{\"epoch\": 12, \"accuracy\": 1.0, \"loss\": 0.5, \"val_loss\": 12345678.9}"},
    {"/base",
     {.path = "/x/y?a=b", .field = "my field&1", .headers = {{"X-Token", "t 1"}}},
     1,
     {{"a b", 0.1}, {"say \"ü\\\"\t", 0.10000000149011612}, {"🙂~-_.", 1e+20}},
     "/base/x/y?a=b",
     "application/x-www-form-urlencoded",
     "t 1",
     "my+field%261=%7B%22epoch%22%3A+1%2C+%22a+b%22%3A+0.1%2C+%22say+%5C%22%5Cu00fc%5C%5C%5C%22%5Ct%22%3A+0."
     "10000000149011612%2C+%22%5Cud83d%5Cude42~-_.%22%3A+1e%2B20%7D"},
    {"",
     {.path = "", .headers = {{"X-Token", "2"}, {"Content-Type", "text/x-mine"}}, .send_as_json = true},
     2,
     {{"a b", 0.1}, {"say \"ü\\\"\t", 0.10000000149011612}, {"🙂~-_.", 1e+20}},
     "/",
     "text/x-mine",
     "2",
     "{\"epoch\": 2, \"a b\": 0.1, \"say \\\"\\u00fc\\\\\\\"\\t\": 0.10000000149011612, \"\\ud83d\\ude42~-_.\": "
     "1e+20}"},
    {"",
     {},
     3,
     {{"loss", NAN}, {"mae", INFINITY}, {"mse", -INFINITY}},
     "/publish/epoch/end/",
     "application/x-www-form-urlencoded",
     "",
     "data=%7B%22epoch%22%3A+3%2C+%22loss%22%3A+NaN%2C+%22mae%22%3A+Infinity%2C+%22mse%22%3A+-Infinity%7D"},
    {"", {.send_as_json = true}, 3, {{"loss", NAN}, {"mae", INFINITY}, {"mse", -INFINITY}}, "", "", "", ""},
    {"", {}, 4, {}, "/publish/epoch/end/", "application/x-www-form-urlencoded", "", "data=%7B%22epoch%22%3A+4%7D"},
};

}  // namespace keratin::test
