# What the library is built on. None of it appears in a public header, except Eigen in keratin/eigen.h.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(spdlog REQUIRED)
find_package(Eigen3 3.3 REQUIRED NO_MODULE)
find_package(oneDNN 2.6 REQUIRED MODULE)

set(KERATIN_PRIVATE_LIBRARIES oneDNN::dnnl spdlog::spdlog ZLIB::ZLIB Threads::Threads ${CMAKE_DL_LIBS})
